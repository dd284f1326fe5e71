package http2

import (
	"encoding/binary"
	"strconv"
)

// SettingID names a setting (RFC 9113, 6.5.2; RFC 8441 for EnableConnectProtocol).
type SettingID uint16

// The settings that the package acts on.
const (
	HeaderTableSize SettingID = 1 + iota
	EnablePush
	MaxConcurrentStreams
	InitialWindowSize
	MaxFrameSize
	MaxHeaderListSize
	EnableConnectProtocol SettingID = 8
)

// String is RFC 9113's name of the setting.
func (id SettingID) String() string {
	switch id {
	case HeaderTableSize:
		return "SETTINGS_HEADER_TABLE_SIZE"
	case EnablePush:
		return "SETTINGS_ENABLE_PUSH"
	case MaxConcurrentStreams:
		return "SETTINGS_MAX_CONCURRENT_STREAMS"
	case InitialWindowSize:
		return "SETTINGS_INITIAL_WINDOW_SIZE"
	case MaxFrameSize:
		return "SETTINGS_MAX_FRAME_SIZE"
	case MaxHeaderListSize:
		return "SETTINGS_MAX_HEADER_LIST_SIZE"
	case EnableConnectProtocol:
		return "SETTINGS_ENABLE_CONNECT_PROTOCOL"
	}
	return strconv.Itoa(int(id))
}

// Setting is one entry of a SETTINGS frame.
type Setting struct {
	ID    SettingID
	Value uint32
}

// Settings are the values in force for one side. Custom has those with identifiers that the package does not know.
type Settings struct {
	HeaderTableSize       uint32
	EnablePush            bool
	MaxConcurrentStreams  uint32
	InitialWindowSize     uint32
	MaxFrameSize          uint32
	MaxHeaderListSize     uint32
	EnableConnectProtocol bool
	Custom                []Setting
}

// initialSettings are in force until a SETTINGS frame says otherwise.
func initialSettings() Settings {
	return Settings{HeaderTableSize: 4096, EnablePush: true, MaxConcurrentStreams: 1<<32 - 1, InitialWindowSize: 65535,
		MaxFrameSize: 16384, MaxHeaderListSize: 1<<32 - 1}
}

// invalid tells what is wrong with a setting that was received.
func (e Setting) invalid() (ErrCode, bool) {
	switch e.ID {
	case EnablePush, EnableConnectProtocol:
		return ProtocolError, e.Value > 1
	case InitialWindowSize:
		return FlowControlError, e.Value > maxWindow
	case MaxFrameSize:
		return ProtocolError, e.Value < 16384 || e.Value > 1<<24-1
	}
	return NoError, false
}

func (s *Settings) apply(e Setting) {
	switch e.ID {
	case HeaderTableSize:
		s.HeaderTableSize = e.Value
	case EnablePush:
		s.EnablePush = e.Value == 1
	case MaxConcurrentStreams:
		s.MaxConcurrentStreams = e.Value
	case InitialWindowSize:
		s.InitialWindowSize = e.Value
	case MaxFrameSize:
		s.MaxFrameSize = e.Value
	case MaxHeaderListSize:
		s.MaxHeaderListSize = e.Value
	case EnableConnectProtocol:
		s.EnableConnectProtocol = e.Value == 1
	}
}

// remember keeps a setting of an identifier that the package does not know.
func (s *Settings) remember(e Setting) {
	for i := range s.Custom {
		if s.Custom[i].ID == e.ID {
			s.Custom[i].Value = e.Value
			return
		}
	}
	s.Custom = append(s.Custom, e)
}

// AppendSettings appends the payload of a SETTINGS frame.
func AppendSettings(out []byte, list []Setting) []byte {
	for _, e := range list {
		out = binary.BigEndian.AppendUint16(out, uint16(e.ID))
		out = binary.BigEndian.AppendUint32(out, e.Value)
	}
	return out
}

// ReadSettings reads the payload of a SETTINGS frame, whose length is a multiple of six.
func ReadSettings(p []byte) []Setting {
	list := make([]Setting, 0, len(p)/6)
	for ; len(p) >= 6; p = p[6:] {
		list = append(list, Setting{SettingID(binary.BigEndian.Uint16(p)), binary.BigEndian.Uint32(p[2:])})
	}
	return list
}
