package session

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func readInto(r rooms, size int) (*file, error) {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	found := &file{}
	return found, r.read(ctx, strings.NewReader(strings.Repeat("x", size)), found)
}

func TestFilesTakeAPlaceByTheirSize(t *testing.T) {
	for size, places := range map[int]int{
		1: 0, tinyFile: 0, tinyFile + 1: 1, smallFile: 1, smallFile + 1: 2, largestFile: 2,
	} {
		found, err := readInto(newRooms(), size)
		if err != nil || len(found.bytes) != size || len(found.places) != places {
			t.Errorf("%d bytes: %v, %d bytes, %d places", size, err, len(found.bytes), len(found.places))
		}
	}
}

func TestMoreLargeFilesThanThereIsMemoryForWait(t *testing.T) {
	shared := newRooms()
	first, _ := readInto(shared, smallFile+1)
	_, _ = readInto(shared, smallFile+1)
	hurried, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	third := &file{}
	if err := shared.read(hurried, strings.NewReader(strings.Repeat("x", smallFile+1)), third); !errors.Is(err, errNoRoom) {
		t.Fatal(err)
	}
	third.leave()
	if _, err := readInto(shared, smallFile); err != nil {
		t.Fatal("a small one waits for large ones", err)
	}
	first.leave()
	if _, err := readInto(shared, smallFile+1); err != nil {
		t.Fatal(err)
	}
}

func TestFilesThatCannotBeSentAreRefused(t *testing.T) {
	for _, size := range []int{0, largestFile + 1} {
		if _, err := readInto(newRooms(), size); !errors.Is(err, errRefused) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	broken := iotest.TimeoutReader(strings.NewReader(strings.Repeat("x", tinyFile)))
	if err := newRooms().read(context.Background(), iotest.OneByteReader(broken), &file{}); !errors.Is(err, iotest.ErrTimeout) {
		t.Fatal(err)
	}
}
