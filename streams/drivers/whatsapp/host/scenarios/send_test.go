package scenarios

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mendline/whatsapp/standin"
	"mendline/whatsapp/wire"
)

const (
	someone  = "15560000007"
	whatsapp = "3EB05947D7C33D783F94B3" // of messageID
)

// sent waits for the answer of a send that went well.
func (s *stage) sent() heard {
	s.Helper()
	for {
		select {
		case message, open := <-s.said:
			if !open || message.Type == "not_sent" {
				s.Fatalf("not sent: %+v", message)
			}
			if message.Type == "sent" {
				return message
			}
			s.rest = append(s.rest, message)
		case <-time.After(patience):
			s.Fatal("no answer came")
		}
	}
}

func (s *stage) received(expected standin.Received) {
	s.Helper()
	expected.From = s.jid.User
	found := s.server.Received()
	if len(found) != 1 {
		s.Fatalf("%+v", found)
	}
	expected.WhatsappID = found[0].WhatsappID
	if found[0] != expected {
		s.Fatalf("%+v, not %+v", found[0], expected)
	}
}

func TestATextReachesWhoeverItIsFor(t *testing.T) {
	for _, each := range []struct{ name, to, reached, chat string }{
		{"a number", someone, someone, "9" + someone + "@lid"},
		{"a number with +", "+" + someone, someone, "9" + someone + "@lid"},
		{"a JID", someone + "@s.whatsapp.net", someone, "9" + someone + "@lid"},
		{"an old JID", someone + "@c.us", someone, "9" + someone + "@lid"},
		{"a LID", "9" + someone + "@lid", someone, "9" + someone + "@lid"},
		{"a group", "120363000000000001@g.us", "120363000000000001", "120363000000000001@g.us"},
		{"an old group", "15550001111-1600000000@g.us", "15550001111-1600000000", "15550001111-1600000000@g.us"},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "")
			s.up(1)
			asked := s.send(text(each.to))
			sent := s.sent()
			if sent.ID != asked || sent.Chat != each.chat || sent.WhatsappID != whatsapp {
				t.Fatalf("%+v", sent)
			}
			s.received(standin.Received{To: each.reached, Text: "hello"})
			s.ledgered("connecting", "connected", "sent")
		})
	}
}

func TestAMediumReachesItsRecipient(t *testing.T) {
	files := fileServer(t)
	for _, kind := range []string{"image", "document", "audio", "video"} {
		t.Run(kind, func(t *testing.T) {
			s := newStage(t, "")
			s.up(1)
			message := text(someone)
			message.Media, message.MediaURL, message.MediaName = kind, files+"/file", "file.bin"
			s.send(message)
			s.sent()
			expected := standin.Received{To: someone, Media: kind, Caption: "hello"}
			if kind == "audio" {
				expected.Caption = ""
			}
			s.received(expected)
		})
	}
}

func fileServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		switch request.URL.Path {
		case "/file":
			_, _ = answer.Write([]byte("a file's bytes"))
		case "/empty":
		case "/busy":
			http.Error(answer, "busy", http.StatusServiceUnavailable)
		default:
			http.NotFound(answer, request)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAMediumThatCannotBeHadIsNotWritten(t *testing.T) {
	files := fileServer(t)
	for _, each := range []struct{ name, kind, url, why string }{
		{"not found", "image", files + "/none", wire.SendMediaRefused},
		{"empty", "image", files + "/empty", wire.SendMediaRefused},
		{"busy", "image", files + "/busy", wire.SendMediaUnreachable},
		{"nobody listens", "image", "http://127.0.0.1:1/file", wire.SendMediaUnreachable},
		{"no address", "image", "://", wire.SendMediaRefused},
		{"an unknown kind", "smell", files + "/file", wire.SendBadBody},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "")
			s.up(1)
			message := text(someone)
			message.Media, message.MediaURL = each.kind, each.url
			s.send(message)
			s.notSent(each.why, false)
			s.ledgered("connecting", "connected")
		})
	}
}

func TestAMediumOfAPrivateAddressIsRefusedUnlessAllowed(t *testing.T) {
	files := fileServer(t)
	for _, each := range []struct{ name, url string }{
		{"an address", files + "/file"},
		{"a name", strings.Replace(files, "127.0.0.1", "localhost", 1) + "/file"},
		{"a mapped address", strings.Replace(files, "127.0.0.1", "[::ffff:127.0.0.1]", 1) + "/file"},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStageWith(t, "", func(hello *wire.Hello) { hello.MediaPrivate = false })
			s.up(1)
			message := text(someone)
			message.Media, message.MediaURL = "image", each.url
			s.send(message)
			if failed := s.notSent(wire.SendMediaRefused, false); !strings.Contains(failed.Detail, "no public address") {
				t.Fatalf("%+v", failed)
			}
			s.ledgered("connecting", "connected")
		})
	}
}

func (s *stage) notSent(why string, written bool) heard {
	s.Helper()
	failed := s.expect("not_sent")
	if failed.Why != why || failed.Written != written {
		s.Fatalf("%+v", failed)
	}
	return failed
}

func TestASendThatCannotBeReadIsNotWritten(t *testing.T) {
	for _, each := range []struct{ name, script, to, why string }{
		{"no number", "", "somebody", wire.SendBadRecipient},
		{"a short number", "", "123", wire.SendBadRecipient},
		{"a national number", "", "0812345678", wire.SendBadRecipient},
		{"a device", "", someone + ":1@s.whatsapp.net", wire.SendBadRecipient},
		{"a status", "", "status@broadcast", wire.SendBadRecipient},
		{"nobody", "", "", wire.SendBadRecipient},
		{"not on WhatsApp", "to * lookup: unknown", someone, wire.SendNotOnWhatsapp},
		{"a number without a LID", "to * lookup: no-lid", someone, wire.SendLookupFailed},
		{"a lookup that fails", "to * lookup: error=503", someone, wire.SendLookupFailed},
		{"no devices", "to * lookup: no-devices", someone, wire.SendNoDevices},
		{"no devices behind a LID", "to * lookup: no-devices", "9" + someone + "@lid", wire.SendNoDevices},
		{"devices that cannot be asked for", "to * lookup 2: error=500", someone, wire.SendLookupFailed},
		{"no keys", "to * keys: none", someone, wire.SendNoKeys},
		{"keys that cannot be asked for", "to * keys: error=503", someone, wire.SendNoKeys},
		{"an unknown group", "to * lookup: unknown", "120363000000000001@g.us", wire.SendBadRecipient},
		{"a group that is not ours", "to * lookup: error=403", "120363000000000001@g.us", wire.SendBadRecipient},
		{"a group that cannot be asked for", "to * lookup: error=500", "120363000000000001@g.us", wire.SendLookupFailed},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, each.script)
			s.up(1)
			// Numbers that others have written to are known: the LIDs of a database are shared.
			s.send(text(strings.ReplaceAll(each.to, someone, fresh())))
			s.notSent(each.why, false)
			s.ledgered("connecting", "connected")
		})
	}
}

func TestASendWithoutABodyIsNotWritten(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	message := text(someone)
	message.Text = ""
	s.send(message)
	s.notSent(wire.SendBadBody, false)
}

func TestASendWhoseKeysAreMissingForNowLeavesLater(t *testing.T) {
	s := newStage(t, "to * keys 1: none")
	s.up(1)
	someone := fresh()
	s.send(text(someone))
	s.notSent(wire.SendNoKeys, false)
	s.send(text(someone))
	s.sent()
	s.ledgered("connecting", "connected", "sent")
}

func TestASendThatIsNotAcknowledgedSaysWhetherItMayHaveLeft(t *testing.T) {
	for _, each := range []struct {
		name, script, why string
		code              int64
		ledger            []string
	}{
		{"new chats locked", "ack error=463", wire.SendRefused, 463, []string{"rejected"}},
		{"an invalid stanza", "ack error=479", wire.SendRefused, 479, []string{"rejected"}},
		{"a server's error", "ack error=500", wire.SendRefused, 500, []string{"rejected"}},
		{"no acknowledgement", "no-ack", wire.SendNoAck, 0, []string{"sent_answer_lost"}},
		{"cut after it arrived", "cut", wire.SendCut, 0, []string{"sent_answer_lost", "dropped"}},
		{"cut before it arrived", "lose", wire.SendCut, 0, []string{"lost", "dropped"}},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "device * message 1: "+each.script)
			s.up(1)
			message := text(someone)
			message.TimeoutMS = 700
			began := time.Now()
			s.send(message)
			if failed := s.notSent(each.why, true); failed.Code != each.code {
				t.Fatalf("%+v", failed)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Fatalf("it took %s", took)
			}
			s.ledgered(append([]string{"connecting", "connected"}, each.ledger...)...)
		})
	}
}

func TestASendOverALinkThatIsNotUpIsNotWritten(t *testing.T) {
	s := newStage(t, "")
	s.send(text(someone))
	s.notSent(wire.SendNotConnected, false)
	s.up(1)
	message := text(someone)
	message.Link = 2
	s.send(message)
	s.notSent(wire.SendNotConnected, false)
	s.tell("cut")
	s.expect("link_ended")
	s.send(text(someone))
	s.notSent(wire.SendNotConnected, false)
	s.ledgered("connecting", "connected", "dropped")
}

func TestAMessageThatWasReadIsNeverCalledUnreadableBecauseItsLinkEnds(t *testing.T) {
	s := newStage(t, "device * message: ack-cut after=1")
	for link := int64(1); link <= 20; link++ {
		s.up(link)
		message := text(someone)
		message.Link = link
		s.send(message)
		s.expect("link_ended")
		s.silent("nothing")
	}
	for _, message := range s.rest {
		if message.Why == wire.SendNotEncrypted {
			t.Fatalf("%+v", message)
		}
	}
}

func TestALinkThatComesAgainWritesNoFrameOfTheOneBefore(t *testing.T) {
	s := newStage(t, "device * message 1: cut")
	s.up(1)
	s.send(text(someone))
	s.notSent(wire.SendCut, true)
	s.up(2)
	time.Sleep(6 * time.Second)
	s.ledgered("connecting", "connected", "sent_answer_lost", "dropped", "connecting", "connected")
}

func TestARepeatHasTheSameIDAndIsWrittenOnceMore(t *testing.T) {
	s := newStage(t, "device * message 1: cut")
	s.up(1)
	s.send(text(someone))
	s.notSent(wire.SendCut, true)
	s.up(2)
	message := text(someone)
	message.Link, message.Attempt = 2, 2
	s.send(message)
	s.sent()
	for _, each := range s.server.Received() {
		if each.WhatsappID != whatsapp {
			t.Fatalf("it arrived as %s", each.WhatsappID)
		}
	}
	s.ledgered("connecting", "connected", "sent_answer_lost", "dropped", "connecting", "connected", "sent")
}

func TestARepeatIsDroppedByAServerThatDoes(t *testing.T) {
	s := newStage(t, "repeats dropped")
	s.up(1)
	s.send(text(someone))
	s.sent()
	s.send(text(someone))
	s.sent()
	s.ledgered("connecting", "connected", "sent", "repeat_dropped")
}

func TestSendsOfALinkLeaveInTheirOrderOneAfterTheOther(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	for place := range 30 {
		message := text(someone)
		message.MessageID, message.Text = fmt.Sprintf("%02d%030d", place, 0), fmt.Sprint(place)
		s.send(message)
		s.sent()
	}
	for place, message := range s.server.Received() {
		if message.Text != fmt.Sprint(place) {
			t.Fatalf("%s came at place %d", message.Text, place)
		}
	}
}

func TestAMessageThatCannotBeEncryptedIsNotWritten(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	someone := fresh()
	s.send(text(someone))
	s.sent()
	// What a database that has just gone answers, for this one recipient alone.
	s.write("ALTER TABLE whatsmeow_identity_keys DROP CONSTRAINT IF EXISTS whatsmeow_identity_keys_identity_check")
	s.write("UPDATE whatsmeow_identity_keys SET identity = identity || '0' WHERE their_id LIKE $1", "9"+someone+"%")
	s.send(text(someone))
	s.notSent(wire.SendDatabaseAway, false)
	s.ledgered("connecting", "connected", "sent")
}

func TestManySendsAtOnceAllLeaveOnce(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	for place := range 40 {
		message := text(fmt.Sprintf("155600%05d", place%7))
		message.MessageID = fmt.Sprintf("%02d%030d", place, 0)
		s.send(message)
	}
	for range 40 {
		s.sent()
	}
	if found := len(s.server.Received()); found != 40 {
		t.Fatalf("%d arrived", found)
	}
}

func TestAKnownRecipientIsNotAskedForAgain(t *testing.T) {
	s := newStage(t, "to * lookup from 3: error=500; to * keys from 2: error=500")
	s.up(1)
	someone := fresh()
	for range 3 {
		s.send(text(someone))
		s.sent()
	}
	s.ledgered("connecting", "connected", "sent", "sent", "sent")
}

func TestASessionOutlivesItsHost(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.send(text(someone))
	s.sent()
	_ = s.conn.Close()
	s.must(s.host.Wait())
	s.startHost("--stand-in")
	s.hello(wire.Version)
	s.expect("welcome")
	s.up(2)
	message := text(someone)
	message.Link = 2
	s.send(message)
	s.sent()
	s.ledgered("connecting", "connected", "sent", "closed", "connecting", "connected", "sent")
}

func TestASendThatRunsWhenItsLinkIsClosedIsAnsweredFirst(t *testing.T) {
	s := newStage(t, "device * message 1: no-ack")
	s.up(1)
	s.send(text(someone))
	s.ledgered("connecting", "connected", "sent_answer_lost")
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
	s.expect("closed")
	for _, message := range s.rest {
		if message.Type == "not_sent" && message.Written && message.Why == wire.SendCut {
			return
		}
	}
	t.Fatalf("%+v", s.rest)
}

func TestANumberThatWasAskedForAgainGetsItsMessageAgain(t *testing.T) {
	s := newStage(t, "device * message 1: retry after=50")
	s.up(1)
	s.send(text(someone))
	s.sent()
	s.silent("not_sent")
	s.silent("receipt")
	s.ledgered("connecting", "connected", "sent")
}
