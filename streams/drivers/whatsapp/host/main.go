// The host keeps a worker's links to WhatsApp. A worker starts it: its standard input is a unix socket, over which
// both talk (wire), and whose end is its own. It is a program of its own: LICENSE-NOTE.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"go.mau.fi/whatsmeow/store"
	waLog "go.mau.fi/whatsmeow/util/log"

	"mendline/whatsapp/session"
	"mendline/whatsapp/wire"
)

const (
	// endTime is how long ending may take once the worker is gone.
	endTime   = 2 * time.Second
	askAgain  = 500 * time.Millisecond
	tableTime = 20 * time.Second
)

func main() {
	standIn := flag.Bool("stand-in", false, "talk to a stand-in of WhatsApp on this machine, and never to WhatsApp")
	flag.Parse()
	// Ctrl-C goes to the whole terminal: the worker says when the host's time has come.
	signal.Ignore(syscall.SIGINT)
	conn, err := worker()
	if err == nil {
		err = serve(wire.NewConn(conn), *standIn)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mendline-whatsapp-host:", err)
		os.Exit(1)
	}
}

// worker gives the socket that the worker handed over.
func worker() (net.Conn, error) {
	conn, err := net.FileConn(os.Stdin)
	if err != nil {
		return nil, errors.New("its standard input is no socket: a Mendline worker starts it")
	}
	return conn, nil
}

func serve(conn *wire.Conn, mayStandIn bool) error {
	hello, err := greeted(conn, mayStandIn)
	if err != nil {
		conn.Say(wire.Refused{Why: err.Error()})
		conn.Finish()
		return err
	}
	host, opened, err := open(conn, hello)
	if err != nil {
		conn.Say(wire.Refused{Why: err.Error()})
		conn.Finish()
		return err
	}
	defer opened.Close()
	err = obey(conn, host)
	time.AfterFunc(endTime, func() { os.Exit(1) })
	host.Close()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func greeted(conn *wire.Conn, mayStandIn bool) (*wire.Hello, error) {
	message, err := conn.Next()
	if err != nil {
		return nil, err
	}
	hello, first := message.(*wire.Hello)
	switch {
	case !first:
		return nil, errors.New("the first line has to be the hello")
	case hello.Version != wire.Version:
		return nil, fmt.Errorf("it speaks version %d, the worker %d: build the host anew", wire.Version, hello.Version)
	case mayStandIn != (hello.StandIn != ""):
		return nil, errors.New("a stand-in's address and the option --stand-in go together")
	}
	return hello, nil
}

func open(conn *wire.Conn, hello *wire.Hello) (*session.Host, *session.Store, error) {
	var standIn *session.StandIn
	var err error
	if hello.StandIn != "" {
		if standIn, err = session.UseStandIn(hello); err != nil {
			return nil, nil, err
		}
	}
	debug.SetMemoryLimit(max(64, hello.MemoryMB) << 20)
	session.UseArrays()
	opened, err := session.OpenStore(hello.Database, int(hello.Connections))
	if err != nil {
		return nil, nil, err
	}
	host := session.NewHost(opened, hello, logger(hello.Log), standIn, conn.Say)
	// Beside it the worker is listened to: it may go away while the database is.
	go func() {
		prepare(opened)
		conn.Say(wire.Welcome{
			Version: wire.Version, Whatsmeow: session.Library(), ClientVersion: store.GetWAVersion().String(),
			StandIn: standIn != nil,
		})
	}()
	return host, opened, nil
}

// prepare waits for the database, and brings its tables up to date.
func prepare(opened *session.Store) {
	for said := ""; ; time.Sleep(askAgain) {
		ctx, stop := context.WithTimeout(context.Background(), tableTime)
		err := opened.Upgrade(ctx)
		stop()
		if err == nil {
			return
		}
		if err.Error() != said {
			said = err.Error()
			fmt.Fprintln(os.Stderr, "mendline-whatsapp-host: waiting for the database:", said)
		}
	}
}

func obey(conn *wire.Conn, host *session.Host) error {
	for {
		message, err := conn.Next()
		if err != nil {
			return err
		}
		host.Do(message)
	}
}

func logger(level string) waLog.Logger {
	if level == "none" || level == "" {
		return waLog.Noop
	}
	return session.Logger(level)
}
