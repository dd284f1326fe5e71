package http2

import "strconv"

// Error is what ends a connection. Its numbers are nghttp2's.
type Error int

// The errors of nghttp2 that the package gives.
const (
	ErrProtocol             Error = -505
	ErrInvalidFrame         Error = -506
	ErrStreamIDs            Error = -509
	ErrStreamClosed         Error = -510
	ErrInvalidArgument      Error = -501
	ErrStreamShutWrite      Error = -512
	ErrStartStream          Error = -516
	ErrFrameSize            Error = -522
	ErrHeaderCompression    Error = -523
	ErrFlowControl          Error = -524
	ErrPushDisabled         Error = -528
	ErrSessionClosing       Error = -530
	ErrHeaderField          Error = -531
	ErrMessaging            Error = -532
	ErrRefused              Error = -533
	ErrCallback             Error = -902
	ErrBadMagic             Error = -903
	ErrFlooded              Error = -904
	ErrTooManyContinuations Error = -905
)

// Error gives nghttp2's words.
func (e Error) Error() string {
	switch e {
	case ErrInvalidArgument:
		return "Invalid argument"
	case ErrProtocol:
		return "Protocol error"
	case ErrInvalidFrame:
		return "Invalid frame octets"
	case ErrStreamIDs:
		return "No more Stream ID available"
	case ErrStreamClosed:
		return "Stream was already closed or invalid"
	case ErrStreamShutWrite:
		return "The transmission is not allowed for this stream"
	case ErrStartStream:
		return "request HEADERS is not allowed"
	case ErrFrameSize:
		return "The length of the frame is invalid"
	case ErrHeaderCompression:
		return "Header compression/decompression error"
	case ErrFlowControl:
		return "Flow control error"
	case ErrPushDisabled:
		return "Server push is disabled by peer"
	case ErrSessionClosing:
		return "The current session is closing"
	case ErrHeaderField:
		return "Invalid HTTP header field was received"
	case ErrMessaging:
		return "Violation in HTTP messaging rule"
	case ErrRefused:
		return "Stream was refused"
	case ErrCallback:
		return "The user callback function failed"
	case ErrBadMagic:
		return "Received bad client magic byte string"
	case ErrFlooded:
		return "Flooding was detected in this HTTP/2 session, and it must be closed"
	case ErrTooManyContinuations:
		return "Too many CONTINUATION frames following a HEADER frame"
	}
	return "Unknown error code " + strconv.Itoa(int(e))
}
