package session

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"

	"mendline/whatsapp/wire"
)

const (
	dialTime   = 10 * time.Second
	answerTime = 15 * time.Second
)

// StandInPlatform marks the sessions that a stand-in made.
const StandInPlatform = "stand-in"

// StandIn is where a host talks to in place of WhatsApp.
type StandIn struct {
	address string
	worker  string
	session int64
}

// ErrNotLoopback: a stand-in is trusted with anything, so it may only be on this machine.
var ErrNotLoopback = errors.New("the stand-in's address has to be IP:PORT on loopback")

// UseStandIn makes this process trust a stand-in, and nothing else, from now on.
func UseStandIn(hello *wire.Hello) (*StandIn, error) {
	address, err := netip.ParseAddrPort(hello.StandIn)
	if err != nil || !address.Addr().IsLoopback() {
		return nil, ErrNotLoopback
	}
	root, err := hex.DecodeString(hello.StandInRoot)
	if err != nil || len(root) != len(whatsmeow.WACertPubKey) {
		return nil, fmt.Errorf("the stand-in's root key has to be %d bytes in hex", len(whatsmeow.WACertPubKey))
	}
	copy(whatsmeow.WACertPubKey[:], root)
	return &StandIn{hello.StandIn, hello.Worker, time.Now().UnixMilli()}, nil
}

// headers tell a stand-in's ledger what no server could know.
func (s *StandIn) headers(l *link) http.Header {
	if s == nil {
		return http.Header{}
	}
	kind := "Mendline-Link"
	if l.pairing {
		kind = "Mendline-Pairing"
	}
	return http.Header{
		"Mendline-Worker":  {s.worker},
		"Mendline-Session": {strconv.FormatInt(s.session, 10)},
		"Mendline-Device":  {l.device},
		kind:               {strconv.FormatInt(l.number, 10)},
	}
}

// nodes tell a stand-in's ledger which of our messages a message is.
func (s *StandIn) nodes(ask *wire.Send) *[]waBinary.Node {
	if s == nil {
		return nil
	}
	about := waBinary.Attrs{"id": ask.MessageID, "attempt": strconv.FormatInt(ask.Attempt, 10)}
	return &[]waBinary.Node{{Tag: "mendline", Attrs: about}}
}

// webClient makes the one HTTP client of all links: a transport each would cost more than the link.
func webClient(standIn *StandIn) *http.Client {
	dialer := &net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   dialTime,
		ResponseHeaderTimeout: answerTime,
		TLSClientConfig:       &tls.Config{NextProtos: []string{"http/1.1"}},
	}
	if standIn != nil {
		transport.Proxy = nil
		transport.TLSClientConfig.InsecureSkipVerify = true // Noise, inside, proves who it is.
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, standIn.address)
		}
	}
	return &http.Client{Transport: transport}
}
