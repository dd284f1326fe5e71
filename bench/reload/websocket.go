package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

var opened, goneAway, lost atomic.Int64

// websocket opens one WebSocket after another, each when the last has ended: RFC 6455. One that ends without a close frame of code
// 1001 is lost.
func websocket(address string, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		conn, err := dial(address)
		if err != nil {
			refused.Add(1)
			time.Sleep(5 * time.Millisecond)
			continue
		}
		ended := make(chan struct{})
		go func() {
			select {
			case <-stop:
				conn.Close()
			case <-ended:
			}
		}()
		err = converse(conn)
		close(ended)
		conn.Close()
		select {
		case <-stop:
			return
		default:
		}
		if err != nil {
			lost.Add(1)
			if *verbose {
				log.Print("WebSocket: ", err)
			}
		}
	}
}

// converse gives nil when the server has closed the WebSocket because it goes away, or has not opened it.
func converse(conn net.Conn) error {
	io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		return fmt.Errorf("before the answer: %w", err)
	}
	if res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		return io.ErrUnexpectedEOF
	}
	opened.Add(1)
	for {
		var head [2]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return err
		}
		body := make([]byte, head[1]&127) // the program sends nothing long
		if _, err := io.ReadFull(in, body); err != nil {
			return err
		}
		const closes = 0x88
		if head[0] == closes {
			if len(body) < 2 || binary.BigEndian.Uint16(body) != 1001 {
				return io.ErrUnexpectedEOF
			}
			goneAway.Add(1)
			// The same back, as clients mask it.
			conn.Write(append([]byte{closes, 0x80 | byte(len(body)), 0, 0, 0, 0}, body...))
			return nil
		}
	}
}
