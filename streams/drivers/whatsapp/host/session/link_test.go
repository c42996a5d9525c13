package session

import (
	"testing"

	"go.mau.fi/whatsmeow/types/events"

	"mendline/whatsapp/wire"
)

// entered gives a link that nothing came of yet, and what is said of it.
func entered() (*link, <-chan wire.Message) {
	said := make(chan wire.Message, 2)
	h := NewHost(nil, &wire.Hello{}, nil, nil, func(message wire.Message) { said <- message })
	l := h.newLink("phone", 1)
	h.enter(l)
	return l, said
}

func TestAReasonThatIsHeardAfterTheEndOfItsConnectionCounts(t *testing.T) {
	l, said := entered()
	l.open()
	l.isShaken.Store(true)
	l.hear(&events.Disconnected{})
	l.hear(&events.StreamReplaced{})
	if ended, told := (<-said).(wire.LinkEnded); !told || ended.Why != wire.LinkReplaced {
		t.Fatalf("%+v", ended)
	}
}

func TestALinkWhoseConnectionEndsWithoutAReasonIsCut(t *testing.T) {
	l, said := entered()
	l.open()
	l.isShaken.Store(true)
	l.hear(&events.Disconnected{})
	if ended, told := (<-said).(wire.LinkEnded); !told || ended.Why != wire.LinkCut {
		t.Fatalf("%+v", ended)
	}
}

func TestARefusedLoginIsHeardAfterItsHandshake(t *testing.T) {
	l, said := entered()
	l.hear(&events.LoggedOut{OnConnect: true, Reason: events.ConnectFailureLoggedOut})
	if step, told := (<-said).(wire.Advanced); !told || step.Step != "dialled" {
		t.Fatalf("%+v", step)
	}
}
