package session

import (
	"context"
	"time"
	"unicode/utf8"

	"go.mau.fi/whatsmeow/types"
)

// letterTime is what a letter takes somebody who types fast.
const letterTime = 100 * time.Millisecond

// typingTime is how long somebody would write a text, at most as long as is allowed.
func typingTime(text string, most time.Duration) time.Duration {
	return min(most, time.Duration(utf8.RuneCountInString(text))*letterTime)
}

// startTyping shows the chat that somebody writes, for as long; false where the link ended meanwhile. What is left of
// ctx bounds it: a message whose time to be prepared is over leaves at once.
func (l *link) startTyping(ctx context.Context, chat types.JID, pause time.Duration) bool {
	if pause == 0 {
		return true
	}
	// It is a courtesy: what becomes of it decides nothing.
	_ = l.client.SendChatPresence(ctx, chat, types.ChatPresenceComposing, types.ChatPresenceMediaText)
	select {
	case <-time.After(pause):
	case <-l.ended:
	case <-ctx.Done():
	}
	return l.ctx.Err() == nil && l.isUp()
}

func (l *link) stopTyping(chat types.JID, pause time.Duration) {
	if pause == 0 || !l.isUp() {
		return
	}
	ctx, stop := context.WithTimeout(l.ctx, partingTime)
	defer stop()
	_ = l.client.SendChatPresence(ctx, chat, types.ChatPresencePaused, types.ChatPresenceMediaText)
}

// chatOf gives what the server calls a chat: of a number, the LID that its devices have.
func chatOf(to types.JID, devices []types.JID) types.JID {
	if len(devices) == 0 {
		return to
	}
	return devices[0].ToNonAD()
}
