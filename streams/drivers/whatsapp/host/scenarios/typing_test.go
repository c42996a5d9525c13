package scenarios

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mendline/whatsapp/standin"
	"mendline/whatsapp/wire"
)

func typing(milliseconds int64) func(*wire.Hello) {
	return func(hello *wire.Hello) { hello.TypingMS = milliseconds }
}

// typed waits until the stand-in has been told exactly that of who types.
func (s *stage) typed(expected ...standin.Typed) {
	s.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		found := s.server.Typed()
		if slices.Equal(found, expected) {
			return
		}
		if time.Now().After(until) {
			s.Fatalf("%+v, not %+v", found, expected)
		}
	}
}

func TestTypingIsShownBeforeAMessageAndEndsAfterIt(t *testing.T) {
	for _, each := range []struct{ name, to, chat string }{
		{"to a number", someone, someone},
		{"to a group", "120363000000000001@g.us", "120363000000000001"},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStageWith(t, "", typing(300))
			s.up(1)
			began := time.Now()
			s.send(text(each.to))
			s.sent()
			if took := time.Since(began); took < 300*time.Millisecond {
				t.Fatalf("it left after %s", took)
			}
			s.typed(
				standin.Typed{From: s.jid.User, To: each.chat, State: "composing", Messages: 0},
				standin.Typed{From: s.jid.User, To: each.chat, State: "paused", Messages: 1},
			)
		})
	}
}

func TestNoTypingIsShownUnlessAskedFor(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.send(text(someone))
	s.sent()
	s.typed()
}

func TestNothingIsTypedForWhatCannotBeSent(t *testing.T) {
	s := newStageWith(t, "to * keys: none", typing(300))
	s.up(1)
	s.send(text(someone))
	s.notSent(wire.SendNoKeys, false)
	s.typed()
}

func TestMessagesOfADeviceAreTypedOneAfterTheOther(t *testing.T) {
	s := newStageWith(t, "", typing(200))
	s.up(1)
	s.send(text(someone))
	second := text(someone)
	second.MessageID = strings.Repeat("ab", 16)
	s.send(second)
	s.sent()
	s.sent()
	var states []string
	for _, each := range s.server.Typed()[:3] {
		states = append(states, each.State)
	}
	if !slices.Equal(states, []string{"composing", "paused", "composing"}) {
		t.Fatalf("%+v", s.server.Typed())
	}
}

func TestALinkThatEndsWhileATextIsTypedLetsNothingLeave(t *testing.T) {
	for _, each := range []struct {
		name, noted string
		end         func(*stage)
	}{
		{"it is cut", "dropped", func(s *stage) {
			_, err := s.server.Tell("cut", s.phone())
			s.must(err)
		}},
		{"it is closed", "closed", func(s *stage) {
			s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
		}},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStageWith(t, "", typing(12_000))
			s.up(1)
			message := text(someone)
			message.Text = strings.Repeat("x", 200)
			s.send(message)
			s.typed(standin.Typed{From: s.jid.User, To: someone, State: "composing"})
			began := time.Now()
			each.end(s)
			s.notSent(wire.SendNotConnected, false)
			if took := time.Since(began); took > 8*time.Second {
				t.Fatalf("it was noticed after %s", took)
			}
			s.ledgered("connecting", "connected", each.noted)
		})
	}
}
