package scenarios

import (
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types"

	"mendline/whatsapp/standin"
	"mendline/whatsapp/wire"
)

func TestReceiptsSayWhatBecameOfAMessage(t *testing.T) {
	for _, each := range []struct{ name, to string }{
		{"a person", someone}, {"a group", "120363000000000001@g.us"},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "device * message 1: receipts after=50")
			s.up(1)
			s.send(text(each.to))
			sent := s.sent()
			for _, kind := range []string{"delivered", "read"} {
				receipt := s.expect("receipt")
				if receipt.Kind != kind || len(receipt.WhatsappIDs) != 1 || receipt.WhatsappIDs[0] != sent.WhatsappID {
					t.Fatalf("%+v", receipt)
				}
				if receipt.Sender == "" || receipt.Link != 1 {
					t.Fatalf("%+v", receipt)
				}
			}
		})
	}
}

func TestAReplySaysWhatItAnswers(t *testing.T) {
	s := newStage(t, "device * message 1: reply text=STOP after=300")
	s.up(1)
	s.send(text(someone))
	sent := s.sent()
	incoming := s.expect("incoming")
	if incoming.Text != "STOP" || incoming.ReplyTo != sent.WhatsappID || incoming.SenderPhone != someone {
		t.Fatalf("%+v", incoming)
	}
	if incoming.Chat != sent.Chat || incoming.IsGroup {
		t.Fatalf("%+v", incoming)
	}
}

func TestAConversationGoesOnInBothDirections(t *testing.T) {
	s := newStage(t, "device * message: reply text=yes after=100")
	s.up(1)
	for range 3 {
		s.send(text(someone))
		s.sent()
		if incoming := s.expect("incoming"); incoming.Text != "yes" {
			t.Fatalf("%+v", incoming)
		}
	}
	s.ledgered("connecting", "connected", "sent", "sent", "sent")
}

func TestSomebodyMayWriteFirst(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "good morning"}))
	incoming := s.expect("incoming")
	if incoming.Text != "good morning" || incoming.ReplyTo != "" || incoming.DeviceID != s.phone() {
		t.Fatalf("%+v", incoming)
	}
	s.send(wire.Send{MessageID: messageID, Attempt: 1, To: incoming.Chat, Text: "hello", TimeoutMS: 5000})
	s.sent()
}

func TestWhatIsWrittenIsToldAsItIs(t *testing.T) {
	for _, each := range []struct {
		name   string
		letter standin.Letter
		told   func(heard) bool
	}{
		{"an image", standin.Letter{Text: "look", Media: "image"}, func(said heard) bool {
			return said.Media == "image" && said.Text == "look" && !said.IsGroup
		}},
		{"a document", standin.Letter{Media: "document"}, func(said heard) bool { return said.Media == "document" }},
		{"a voice", standin.Letter{Media: "audio"}, func(said heard) bool { return said.Media == "audio" }},
		{"a video", standin.Letter{Text: "look", Media: "video"}, func(said heard) bool { return said.Media == "video" }},
		{"in a group", standin.Letter{Text: "hello all", Group: "120363000000000001"}, func(said heard) bool {
			return said.IsGroup && said.Chat == "120363000000000001@g.us" && said.SenderPhone == someone && said.Text == "hello all"
		}},
		{"a long one", standin.Letter{Text: strings.Repeat("é", 40_000)}, func(said heard) bool {
			return said.Shortened && said.Text == strings.Repeat("é", 32<<10)
		}},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "")
			s.up(1)
			s.must(s.server.Write(someone, s.jid, each.letter))
			if said := s.expect("incoming"); !each.told(said) {
				t.Fatalf("%.300v", said)
			}
			s.acknowledged()
		})
	}
}

func TestStatusesOfPeopleAreNotToldAndAreAcknowledged(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "my day", Status: true}))
	s.acknowledged()
	s.silent("incoming")
}

func TestWhatIsNotNotedIsToldAgainWithTheNextLink(t *testing.T) {
	s := newStage(t, "device * message 1: receipts after=50")
	s.deaf.Store(true)
	s.up(1)
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "STOP"}))
	first := s.expect("incoming")
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
	s.expect("closed")
	s.untold(1)
	s.deaf.Store(false)
	s.up(2)
	again := s.expect("incoming")
	if again.WhatsappID != first.WhatsappID || again.Text != "STOP" || again.Link != 2 {
		t.Fatalf("%+v, then %+v", first, again)
	}
	s.acknowledged()
}

func TestAReceiptThatIsNotNotedIsToldAgainWithTheNextLink(t *testing.T) {
	s := newStage(t, "device * message 1: receipts after=50")
	s.deaf.Store(true)
	s.up(1)
	s.send(text(someone))
	s.sent()
	s.expect("receipt")
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
	s.expect("closed")
	s.untold(2)
	s.deaf.Store(false)
	s.up(2)
	for _, kind := range []string{"delivered", "read"} {
		if receipt := s.expect("receipt"); receipt.Kind != kind || receipt.Link != 2 {
			t.Fatalf("%+v", receipt)
		}
	}
	s.acknowledged()
}

func TestAHostThatIsKilledBeforeAMessageIsNotedTellsItAgain(t *testing.T) {
	s := newStage(t, "")
	s.deaf.Store(true)
	s.up(1)
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "STOP"}))
	s.expect("incoming")
	s.must(s.host.Process.Kill())
	s.deaf.Store(false)
	s.startHost("--stand-in")
	s.hello(wire.Version)
	s.expect("welcome")
	s.up(2)
	if again := s.expect("incoming"); again.Text != "STOP" {
		t.Fatalf("%+v", again)
	}
	s.acknowledged()
}

func TestWhatWasNotedIsNotToldAgain(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "STOP"}))
	s.expect("incoming")
	s.acknowledged()
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
	s.expect("closed")
	s.up(2)
	s.silent("incoming")
}

func TestALinkWhoseWorkerNotesNothingEnds(t *testing.T) {
	s := newStage(t, "")
	s.deaf.Store(true)
	s.up(1)
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "STOP"}))
	if ended := s.expect("link_ended"); ended.Why != wire.LinkUnnoted || ended.Link != 1 {
		t.Fatalf("%+v", ended)
	}
	s.untold(1)
}

func TestALinkThatFillsTheHostsMemoryEnds(t *testing.T) {
	s := newStageWith(t, "", func(hello *wire.Hello) { hello.MemoryMB, hello.NoteMS = 64, 600_000 })
	s.deaf.Store(true)
	s.up(1)
	flood := strings.Repeat("x", 60_000)
	for range 2100 {
		s.must(s.server.Write(someone, s.jid, standin.Letter{Text: flood}))
	}
	if ended := s.expect("link_ended"); ended.Why != wire.LinkUnnoted {
		t.Fatalf("%+v", ended)
	}
	s.untold(2100)
}

func TestMessagesGoOutWhileTheWorkerNotesNothing(t *testing.T) {
	s := newStage(t, "")
	s.deaf.Store(true)
	s.up(1)
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "STOP"}))
	s.expect("incoming")
	s.send(text(someone))
	s.sent()
}

func TestOneMessageOfALinkWaitsForTheWorkerAtATime(t *testing.T) {
	s := newStage(t, "")
	s.deaf.Store(true)
	s.up(1)
	for range 5 {
		s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "flood"}))
	}
	first := s.expect("incoming")
	s.silent("incoming")
	s.note(s.conn, first.ID)
	s.expect("incoming")
}

func TestNobodyWritesToADeviceThatNeverLoggedIn(t *testing.T) {
	s := newStage(t, "")
	stranger := types.NewADJID("15550009999", 0, 1)
	if err := s.server.Write(someone, stranger, standin.Letter{Text: "hello"}); err == nil {
		t.Fatal("somebody wrote")
	}
}

func TestWhatIsWrittenToADeviceThatIsAwayWaits(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
	s.expect("closed")
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "one"}))
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "two"}))
	s.up(2)
	for _, words := range []string{"one", "two"} {
		if incoming := s.expect("incoming"); incoming.Text != words {
			t.Fatalf("%+v", incoming)
		}
	}
	s.acknowledged()
}

func TestAMessageThatTheDatabaseDoesNotTakeIsToldAgainWithTheNextLink(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	refusing := "nothing_of_" + s.jid.User
	s.write("ALTER TABLE whatsmeow_event_buffer ADD CONSTRAINT " + refusing +
		" CHECK (our_jid <> '" + s.jid.String() + "') NOT VALID")
	s.must(s.server.Write(someone, s.jid, standin.Letter{Text: "STOP"}))
	if ended := s.expect("link_ended"); ended.Why != wire.LinkDatabaseAway {
		t.Fatalf("%+v", ended)
	}
	s.untold(1)
	s.write("ALTER TABLE whatsmeow_event_buffer DROP CONSTRAINT " + refusing)
	s.up(2)
	if again := s.expect("incoming"); again.Text != "STOP" {
		t.Fatalf("%+v", again)
	}
	s.acknowledged()
}

// acknowledged waits until nothing is left that the device has to be told again.
func (s *stage) acknowledged() {
	s.Helper()
	s.untold(0)
}

func (s *stage) untold(expected int) {
	s.Helper()
	for until := time.Now().Add(patience); s.server.Untold() != expected; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			s.Fatalf("%d are not acknowledged, not %d", s.server.Untold(), expected)
		}
	}
}
