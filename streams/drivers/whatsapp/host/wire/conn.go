// Package wire carries messages between a worker and its host: one JSON object a line.
package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// LongestLine is what the host reads at most: a body has 64 KiB, and JSON may spell a byte with six.
const LongestLine = 1 << 20

// waiting is how many messages may wait to be written before those who say more have to wait.
const waiting = 4096

// Message is what knows its type on the wire.
type Message interface{ Type() string }

// Conn reads messages in one goroutine and writes those of many.
type Conn struct {
	lines  *bufio.Scanner
	out    chan Message
	ended  chan struct{}
	stream io.ReadWriter
}

// NewConn begins to write what is said over stream.
func NewConn(stream io.ReadWriter) *Conn {
	lines := bufio.NewScanner(stream)
	lines.Buffer(make([]byte, 64<<10), LongestLine)
	conn := &Conn{lines: lines, out: make(chan Message, waiting), ended: make(chan struct{}), stream: stream}
	go conn.write()
	return conn
}

// Next gives the next message, io.EOF once the other end is gone.
func (c *Conn) Next() (any, error) {
	if !c.lines.Scan() {
		if err := c.lines.Err(); err != nil {
			return nil, fmt.Errorf("reading from the worker: %w", err)
		}
		return nil, io.EOF
	}
	return Decode(c.lines.Bytes())
}

// Say sends a message; it is dropped when the other end is gone.
func (c *Conn) Say(message Message) {
	select {
	case c.out <- message:
	case <-c.ended:
	}
}

// Finish writes what was said, and no more after that.
func (c *Conn) Finish() {
	close(c.out)
	<-c.ended
}

func (c *Conn) write() {
	defer close(c.ended)
	buffered := bufio.NewWriterSize(c.stream, 64<<10)
	for message := range c.out {
		if err := writeLine(buffered, message); err != nil {
			return
		}
		if len(c.out) == 0 && buffered.Flush() != nil {
			return
		}
	}
	_ = buffered.Flush()
}

func writeLine(out *bufio.Writer, message Message) error {
	line, err := Encode(message)
	if err == nil {
		_, err = out.Write(line)
	}
	return err
}

// Encode writes a message as a line.
func Encode(message Message) ([]byte, error) {
	fields, err := json.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", message.Type(), err)
	}
	var line bytes.Buffer
	fmt.Fprintf(&line, `{"type":%q,`, message.Type())
	line.Write(fields[1:])
	line.WriteByte('\n')
	return line.Bytes(), nil
}

// Decode understands a worker's line.
func Decode(line []byte) (any, error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, fmt.Errorf("a line of the worker is not JSON: %w", err)
	}
	message := Fresh(head.Type)
	if message == nil {
		return nil, fmt.Errorf("the worker said %q, which version %d does not know", head.Type, Version)
	}
	if err := json.Unmarshal(line, message); err != nil {
		return nil, fmt.Errorf("a %s of the worker: %w", head.Type, err)
	}
	return message, nil
}
