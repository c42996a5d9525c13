package session

import (
	"strings"
	"testing"
	"time"
)

func TestTypingTakesAsLongAsATextUpToItsBound(t *testing.T) {
	for _, each := range []struct {
		text string
		most time.Duration
		took time.Duration
	}{
		{"hello", 0, 0},
		{"", time.Second, 0},
		{"hello", time.Second, 500 * time.Millisecond},
		{"höflich", time.Second, 700 * time.Millisecond},
		{strings.Repeat("x", 60_000), 20 * time.Second, 20 * time.Second},
	} {
		if took := typingTime(each.text, each.most); took != each.took {
			t.Errorf("%.10q within %s takes %s", each.text, each.most, took)
		}
	}
}
