package scenarios

import (
	"testing"

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
				if receipt.Chat != sent.Chat || receipt.Link != 1 {
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
	s.must(s.server.Write(someone, s.jid, "good morning", ""))
	incoming := s.expect("incoming")
	if incoming.Text != "good morning" || incoming.ReplyTo != "" || incoming.DeviceID != s.phone() {
		t.Fatalf("%+v", incoming)
	}
	s.send(wire.Send{MessageID: messageID, Attempt: 1, To: incoming.Chat, Text: "hello", TimeoutMS: 5000})
	s.sent()
}
