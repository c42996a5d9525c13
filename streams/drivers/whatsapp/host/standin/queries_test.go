package standin

import (
	"slices"
	"strings"
	"testing"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

var phone = types.NewADJID("15550000001", 0, 1)

// withDevice is a stand-in with one device that has so many one-time keys.
func withDevice(count int) *Server {
	return &Server{devices: map[types.JID]*device{phone: {uploaded: make([]preKey, count)}}, clients: map[types.JID]*client{}}
}

func TestNewKeysOfADeviceTakeAwayNothingThatItHas(t *testing.T) {
	s := withDevice(1)
	s.tell(phone, waBinary.Node{Tag: "message"})
	c := &client{server: s, jid: phone, visitor: &visitor{}}
	c.keepKeys(&waBinary.Node{Content: []waBinary.Node{{Tag: "list", Content: []waBinary.Node{{Tag: "key"}, {Tag: "key"}}}}})
	if s.Untold() != 1 || s.keysOf(phone) != 3 {
		t.Fatalf("%d messages wait, and %d keys", s.Untold(), s.keysOf(phone))
	}
}

func TestOnlyWhatCanHappenToALinkIsTold(t *testing.T) {
	s := withDevice(0)
	for _, what := range slices.Concat(strings.Fields(strikes), []string{"503"}) {
		if _, err := s.Tell(what, "*"); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Tell("cutt", "*"); err == nil || !strings.Contains(err.Error(), `"cutt" happens to no link`) {
		t.Error(err)
	}
}
