package session

import (
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"mendline/whatsapp/wire"
)

var receiptKinds = map[types.ReceiptType]string{
	types.ReceiptTypeDelivered: "delivered", types.ReceiptTypeRead: "read", types.ReceiptTypePlayed: "played",
	types.ReceiptTypeRetry: "retry", types.ReceiptTypeServerError: "server_error",
}

func (l *link) hearReceipt(said *events.Receipt) {
	kind, known := receiptKinds[said.Type]
	if !known {
		kind = "other"
	}
	l.report(wire.Receipt{
		DeviceID: l.device, Link: l.number, Kind: kind, WhatsappIDs: said.MessageIDs,
		Chat: said.Chat.String(), Sender: said.Sender.String(), At: said.Timestamp.UnixMilli(),
	})
}

func (l *link) hearMessage(said *events.Message) {
	content := contentOf(said.Message)
	if content.text == "" && content.media == "" {
		return // A reaction, a key, a setting: nobody wrote anything.
	}
	l.report(wire.Incoming{
		DeviceID: l.device, Link: l.number, WhatsappID: said.Info.ID,
		Chat: said.Info.Chat.String(), Sender: said.Info.Sender.String(),
		SenderPhone: phoneOf(said.Info.Sender, said.Info.SenderAlt), At: said.Info.Timestamp.UnixMilli(),
		Text: content.text, Media: content.media, ReplyTo: content.replyTo,
		IsGroup: said.Info.IsGroup, FromMe: said.Info.IsFromMe,
	})
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
