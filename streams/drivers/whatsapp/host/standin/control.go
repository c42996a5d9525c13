package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.mau.fi/whatsmeow/types"
)

const longestOrder = 1 << 20

// Control lets tests and demonstrations strike a running stand-in, over HTTP on loopback:
//
//	POST /script (rules as text) · POST /tell?what=cut&devices=phone-* · POST /scan?number=N (a QR code's text) ·
//	POST /type?number=N (a code) · POST /write?number=N&to=JID&reply_to=ID&group=G&media=image (text) · POST /group?id=G (numbers, a line each) ·
//	GET /received · /figures (how many are linked, and what they have not acknowledged) · POST /save (the ledger)
//
// what: cut, mute, restart, replaced, removed, or the code of a stream error.
func (s *Server) Control(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: s.orders(), ReadHeaderTimeout: headerTime}
	go func() { _ = server.Serve(listener) }()
	go func() {
		<-s.ctx.Done()
		_ = server.Close()
	}()
	return listener, nil
}

// order does something with a text, and gives what there is to say.
type order func(asked func(string) string, text string) (any, error)

func (s *Server) orders() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("POST /script", ordered(func(_ func(string) string, text string) (any, error) {
		return nil, s.script.Add(text)
	}))
	routes.HandleFunc("POST /tell", ordered(func(asked func(string) string, _ string) (any, error) {
		return s.Tell(asked("what"), asked("devices"))
	}))
	routes.HandleFunc("POST /scan", ordered(func(asked func(string) string, text string) (any, error) {
		return nil, s.Scan(asked("number"), text)
	}))
	routes.HandleFunc("POST /type", ordered(func(asked func(string) string, text string) (any, error) {
		return nil, s.Type(asked("number"), text)
	}))
	routes.HandleFunc("POST /write", ordered(s.orderWrite))
	routes.HandleFunc("POST /group", ordered(s.orderGroup))
	routes.HandleFunc("GET /received", ordered(func(func(string) string, string) (any, error) {
		return s.Received(), nil
	}))
	routes.HandleFunc("/figures", ordered(func(func(string) string, string) (any, error) {
		return map[string]int{"linked": s.Linked(), "untold": s.Untold()}, nil
	}))
	routes.HandleFunc("POST /save", ordered(func(func(string) string, string) (any, error) {
		s.ledger.Save()
		return nil, nil
	}))
	return routes
}

func ordered(do order) http.HandlerFunc {
	return func(answer http.ResponseWriter, request *http.Request) {
		text, err := io.ReadAll(io.LimitReader(request.Body, longestOrder))
		if err == nil {
			var said any
			if said, err = do(request.URL.Query().Get, string(text)); err == nil {
				answer.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(answer).Encode(said)
				return
			}
		}
		http.Error(answer, err.Error(), http.StatusBadRequest)
	}
}

func (s *Server) orderWrite(asked func(string) string, text string) (any, error) {
	to, err := types.ParseJID(asked("to"))
	if err != nil {
		return nil, err
	}
	letter := Letter{Text: text, ReplyTo: asked("reply_to"), Group: asked("group"), Media: asked("media")}
	return nil, s.Write(asked("number"), to, letter)
}

func (s *Server) orderGroup(asked func(string) string, text string) (any, error) {
	s.Group(asked("id"), strings.Fields(text))
	return nil, nil
}

// Group says who is in a group.
func (s *Server) Group(id string, numbers []string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.groups[id] = numbers
}

// Tell does something to every link whose device's name fits; it gives how many.
func (s *Server) Tell(what, devices string) (int, error) {
	told := action{name: what}
	if _, err := strconv.Atoi(what); err == nil {
		told = action{name: "stream-error", argument: what}
	}
	if !strings.Contains(strikes, " "+told.name+" ") {
		return 0, fmt.Errorf("%q happens to no link: tell one of%sor a stream error's code", what, strikes)
	}
	struck := 0
	for _, each := range s.all() {
		if fits, err := path.Match(devices, each.name()); err != nil {
			return struck, err
		} else if fits {
			struck++
			go each.strike(&told)
		}
	}
	return struck, nil
}

func (s *Server) all() []*client {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.Collect(maps.Values(s.clients))
}
