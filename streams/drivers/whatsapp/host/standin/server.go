// Package standin stands in for WhatsApp's server. It is not WhatsApp: it says what whatsmeow's parser understands,
// so it shows what our own client does, and never what the real service would do.
package standin

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
)

const headerTime = 10 * time.Second

// Server is one stand-in: people who can be written to, devices that log in, and a script of what goes wrong.
type Server struct {
	script       *Script
	ledger       *Ledger
	seed         seed
	root         *keys.KeyPair
	intermediate *keys.KeyPair
	static       *keys.KeyPair
	http         *http.Server
	listener     net.Listener
	ctx          context.Context
	cancel       context.CancelFunc

	lock     sync.Mutex
	devices  map[types.JID]*device
	clients  map[types.JID]*client
	pairing  map[string]*client
	people   map[string]*person
	groups   map[string][]string
	arrived  map[string]bool
	received []Received
	typed    []Typed
}

// device is what the server knows of a linked device.
type device struct {
	noiseKey     [32]byte
	removed      bool
	uploaded     []preKey
	signed       preKey
	identity     []byte
	registration uint32
	untold       []waBinary.Node
}

// Received is a message as its recipient could read it.
type Received struct {
	From, To, WhatsappID, Text, Media, Caption string
}

// Typed is a word of a device to a chat, that somebody types there or does no more, after so many messages of all.
type Typed struct {
	From, To, State string
	Messages        int
}

// Listen begins to serve at address, which has to be on loopback.
func Listen(address string, secret []byte, script *Script, ledger io.Writer) (*Server, error) {
	own := seed(secret)
	s := &Server{
		script: script, ledger: NewLedger(ledger), seed: own,
		root: own.pair("root"), intermediate: own.pair("intermediate"), static: own.pair("static"),
		devices: map[types.JID]*device{}, clients: map[types.JID]*client{}, pairing: map[string]*client{},
		people: map[string]*person{}, groups: map[string][]string{}, arrived: map[string]bool{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	shown, err := tlsCertificate()
	if err != nil {
		return nil, err
	}
	s.listener = tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{shown}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS13,
	})
	s.http = &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: headerTime, ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = s.http.Serve(s.listener) }()
	return s, nil
}

// Address is where it listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Root is the key that a client has to trust, in hex.
func (s *Server) Root() string { return hex.EncodeToString(s.root.Pub[:]) }

// Close ends every connection, and saves the ledger.
func (s *Server) Close() {
	s.cancel()
	_ = s.http.Close()
	s.ledger.Save()
}

func (s *Server) routes() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("/ws/chat", s.chat)
	routes.HandleFunc("POST /mms/{kind}/{token}", s.upload)
	return routes
}

// chat is a client's connection, from the first byte to the last.
func (s *Server) chat(answer http.ResponseWriter, request *http.Request) {
	client := s.newClient(request.Header)
	client.note("connecting")
	played := s.script.at("connect", client.name(), "")
	if s.misplays(request, answer, played) {
		client.note("unreachable")
		return
	}
	conn, err := websocket.Accept(answer, request, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		client.note("unreachable")
		return
	}
	conn.SetReadLimit(longestFrame)
	client.serve(s.ctx, conn, played)
}

// misplays does what a script says before there is a connection.
func (s *Server) misplays(request *http.Request, answer http.ResponseWriter, played *play) bool {
	if refused := played.find("refuse"); refused != nil {
		http.Error(answer, "the script refuses", max(400, refused.number("http")))
		return true
	}
	if played.does("hang-http") {
		select {
		case <-request.Context().Done():
		case <-s.ctx.Done():
		}
		return true
	}
	return false
}

// upload takes a medium, and forgets it: nobody fetches it here.
func (s *Server) upload(answer http.ResponseWriter, request *http.Request) {
	_, _ = io.Copy(io.Discard, request.Body)
	token := request.PathValue("token")
	answer.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(answer, `{"url":"https://stand-in.invalid/`+token+`","direct_path":"/v/`+token+`"}`)
}

// Received gives every message that somebody could read, oldest first.
func (s *Server) Received() []Received {
	s.lock.Lock()
	defer s.lock.Unlock()
	return append([]Received{}, s.received...) // never null in JSON
}

// Typed gives what devices showed of who types, oldest first.
func (s *Server) Typed() []Typed {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.Clone(s.typed)
}

// Linked counts devices that are logged in.
func (s *Server) Linked() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return len(s.clients)
}
