package session

import (
	"unicode/utf8"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"mendline/whatsapp/wire"
)

// longestText is what a body has at most.
const longestText = 64 << 10

var receiptKinds = map[types.ReceiptType]string{
	types.ReceiptTypeDelivered: "delivered", types.ReceiptTypeRead: "read", types.ReceiptTypePlayed: "played",
	types.ReceiptTypeServerError: "server_error",
}

// hearReceipt is false where WhatsApp has to tell the receipt again.
func (l *link) hearReceipt(said *events.Receipt) bool {
	kind, known := receiptKinds[said.Type]
	if !known || said.IsFromMe {
		return true
	}
	return l.told(func(id int64) wire.Message {
		return wire.Receipt{
			ID: id, DeviceID: l.device, Link: l.number, Kind: kind, WhatsappIDs: said.MessageIDs,
			Sender: said.Sender.ToNonAD().String(), At: said.Timestamp.UnixMilli(), IsGroup: said.IsGroup,
		}
	})
}

// hearMessage is false where WhatsApp has to tell the message again.
func (l *link) hearMessage(said *events.Message) bool {
	content := contentOf(said.Message)
	if content.text == "" && content.media == "" || !isForUs(said) {
		return true // A reaction, a key, a setting: nobody wrote anything.
	}
	text := shortened(content.text)
	return l.told(func(id int64) wire.Message {
		return wire.Incoming{
			ID: id, DeviceID: l.device, Link: l.number, WhatsappID: said.Info.ID,
			Chat: said.Info.Chat.String(), Sender: said.Info.Sender.ToNonAD().String(),
			SenderPhone: phoneOf(said.Info.Sender, said.Info.SenderAlt), At: said.Info.Timestamp.UnixMilli(),
			Text: text, Shortened: text != content.text, Media: content.media, ReplyTo: content.replyTo,
			IsGroup: said.Info.IsGroup,
		}
	})
}

// isForUs leaves out what was written on the phone, what people show to all who know them, and channels.
func isForUs(said *events.Message) bool {
	chat := said.Info.Chat
	return !said.Info.IsFromMe && chat != types.StatusBroadcastJID && chat.Server != types.NewsletterServer
}

// shortened cuts a text to what a body may have, between two letters.
func shortened(text string) string {
	if len(text) <= longestText {
		return text
	}
	end := longestText
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// report says something of a link that has not ended.
func (l *link) report(message wire.Message) {
	select {
	case <-l.ended:
	default:
		l.host.say(message)
	}
}

func phoneOf(jids ...types.JID) string {
	for _, jid := range jids {
		if jid.Server == types.DefaultUserServer {
			return jid.User
		}
	}
	return ""
}

// content is what somebody wrote.
type content struct{ text, media, replyTo string }

func contentOf(message *waE2E.Message) content {
	extended, image, video := message.GetExtendedTextMessage(), message.GetImageMessage(), message.GetVideoMessage()
	document, audio := message.GetDocumentMessage(), message.GetAudioMessage()
	switch {
	case extended != nil:
		return content{extended.GetText(), "", extended.GetContextInfo().GetStanzaID()}
	case image != nil:
		return content{image.GetCaption(), "image", image.GetContextInfo().GetStanzaID()}
	case video != nil:
		return content{video.GetCaption(), "video", video.GetContextInfo().GetStanzaID()}
	case document != nil:
		return content{document.GetCaption(), "document", document.GetContextInfo().GetStanzaID()}
	case audio != nil:
		return content{"", "audio", audio.GetContextInfo().GetStanzaID()}
	default:
		return content{text: message.GetConversation()}
	}
}
