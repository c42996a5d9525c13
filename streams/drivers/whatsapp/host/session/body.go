package session

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"mendline/whatsapp/wire"
)

var mediaTypes = map[string]whatsmeow.MediaType{
	"image": whatsmeow.MediaImage, "document": whatsmeow.MediaDocument,
	"audio": whatsmeow.MediaAudio, "video": whatsmeow.MediaVideo,
}

// bodyOf makes the message; for a medium it fetches its file and gives it to WhatsApp. Nothing is sent yet.
func (l *link) bodyOf(ctx context.Context, ask *wire.Send) (*waE2E.Message, *wire.NotSent) {
	if ask.Media == "" {
		if ask.Text == "" {
			return nil, unsent(ask, wire.SendBadBody, errors.New("it has neither text nor medium"))
		}
		return &waE2E.Message{Conversation: proto.String(ask.Text)}, nil
	}
	kind, known := mediaTypes[ask.Media]
	if !known {
		return nil, unsent(ask, wire.SendBadBody, fmt.Errorf("there is no medium %q", ask.Media))
	}
	found, err := l.host.fetch(ctx, ask.MediaURL)
	if errors.Is(err, errRefused) {
		return nil, unsent(ask, wire.SendMediaRefused, err)
	}
	if err != nil {
		return nil, unsent(ask, wire.SendMediaUnreachable, err)
	}
	defer found.leave()
	uploaded, err := l.client.Upload(ctx, found.bytes, kind)
	if err != nil {
		return nil, unsent(ask, wire.SendMediaUnreachable, err)
	}
	return mediaMessage(ask, found.mime, &uploaded), nil
}

func mediaMessage(ask *wire.Send, mime string, up *whatsmeow.UploadResponse) *waE2E.Message {
	caption := optional(ask.Text)
	switch ask.Media {
	case "image":
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
			Caption: caption, Mimetype: &mime, URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey,
			FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
		}}
	case "video":
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{
			Caption: caption, Mimetype: &mime, URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey,
			FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
		}}
	case "audio":
		return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{
			Mimetype: &mime, URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey,
			FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
		}}
	default:
		return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{
			Caption: caption, FileName: optional(ask.MediaName), Title: optional(ask.MediaName), Mimetype: &mime,
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey,
			FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
		}}
	}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
