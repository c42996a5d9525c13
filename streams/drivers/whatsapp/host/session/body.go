package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"mendline/whatsapp/wire"
)

const (
	fetchTime = 20 * time.Second
	// largestFile is less than WhatsApp takes for documents, and what a host may hold in memory for a send.
	largestFile = 64 << 20
)

var mediaTypes = map[string]whatsmeow.MediaType{
	"image": whatsmeow.MediaImage, "document": whatsmeow.MediaDocument,
	"audio": whatsmeow.MediaAudio, "video": whatsmeow.MediaVideo,
}

// errRefused: the server of a file said that there is no such file for us, and will say so again.
var errRefused = errors.New("the file cannot be had")

// file is what a medium's address gave.
type file struct {
	bytes []byte
	mime  string
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
	uploaded, err := l.client.Upload(ctx, found.bytes, kind)
	if err != nil {
		return nil, unsent(ask, wire.SendMediaUnreachable, err)
	}
	return mediaMessage(ask, found.mime, &uploaded), nil
}

func (h *Host) fetch(ctx context.Context, url string) (*file, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	response, err := h.fetches.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if err := statusError(response.StatusCode); err != nil {
		return nil, err
	}
	bytes, err := io.ReadAll(io.LimitReader(response.Body, largestFile+1))
	if err != nil {
		return nil, err
	}
	if len(bytes) == 0 || len(bytes) > largestFile {
		return nil, fmt.Errorf("%w: it has %d bytes, from 1 to %d can be sent", errRefused, len(bytes), largestFile)
	}
	return &file{bytes, mimeOf(response.Header.Get("Content-Type"), bytes)}, nil
}

func statusError(status int) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		return fmt.Errorf("its server answered %d", status)
	default:
		return fmt.Errorf("%w: its server answered %d", errRefused, status)
	}
}

func mimeOf(told string, bytes []byte) string {
	if kind, _, _ := strings.Cut(told, ";"); kind != "" && kind != "application/octet-stream" {
		return strings.TrimSpace(kind)
	}
	return http.DetectContentType(bytes)
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
