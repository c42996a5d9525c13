package session

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

func TestOnlyPublicAddressesArePublic(t *testing.T) {
	for _, text := range []string{
		"127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "100.64.0.1",
		"198.18.0.1", "192.0.0.8", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1",
		"2001:0:a00:1::1", "::ffff:0:10.0.0.1",
	} {
		if isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s is taken for public", text)
		}
	}
	for _, text := range []string{"93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if !isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s is not taken for public", text)
		}
	}
}

// outside is a server that passes for a public one under the name of public.invalid, beside a private one.
type outside struct {
	host   *Host
	asked  atomic.Int64
	inside string
}

func newOutside(t *testing.T, to func(inside string) http.HandlerFunc) *outside {
	t.Helper()
	o := &outside{host: &Host{fetches: fetchClient(false), rooms: newRooms()}}
	private := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		o.asked.Add(1)
		_, _ = answer.Write([]byte("a secret"))
	}))
	t.Cleanup(private.Close)
	o.inside = private.URL
	public := httptest.NewServer(to(o.inside))
	t.Cleanup(public.Close)
	transport := o.host.fetches.Transport.(*http.Transport)
	guarded := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "public.invalid:80" {
			return net.Dial(network, strings.TrimPrefix(public.URL, "http://"))
		}
		return guarded(ctx, network, address)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return o
}

func (o *outside) refuses(t *testing.T, address, word string) {
	t.Helper()
	_, err := o.host.fetch(context.Background(), address)
	if !errors.Is(err, errRefused) || !strings.Contains(err.Error(), word) {
		t.Fatalf("%v", err)
	}
	if o.asked.Load() != 0 {
		t.Fatal("the private server was asked")
	}
}

func redirected(to string) http.HandlerFunc {
	return func(answer http.ResponseWriter, request *http.Request) {
		http.Redirect(answer, request, to, http.StatusFound)
	}
}

func TestARedirectToAPrivateAddressIsRefused(t *testing.T) {
	o := newOutside(t, redirected)
	o.refuses(t, "http://public.invalid/file", "no public address")
}

func TestANameThatLeadsToAPrivateAddressIsRefused(t *testing.T) {
	o := newOutside(t, redirected)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(o.inside, "http://"))
	o.refuses(t, "http://localhost:"+port, "no public address")
}

func TestARedirectToSomethingElseThanHTTPIsRefused(t *testing.T) {
	o := newOutside(t, func(string) http.HandlerFunc { return redirected("file:///etc/passwd") })
	o.refuses(t, "http://public.invalid/file", "no address of http")
}

func TestTooManyRedirectsAreRefused(t *testing.T) {
	var asked atomic.Int64
	o := newOutside(t, func(string) http.HandlerFunc {
		return func(answer http.ResponseWriter, request *http.Request) {
			asked.Add(1)
			http.Redirect(answer, request, "http://public.invalid/again", http.StatusFound)
		}
	})
	o.refuses(t, "http://public.invalid/file", "more than 5 times")
	if asked.Load() != 1+mostRedirects {
		t.Fatalf("%d were followed", asked.Load()-1)
	}
}

func TestWhatIsNoAddressOfTheWebIsRefused(t *testing.T) {
	o := newOutside(t, redirected)
	for _, address := range []string{"ftp://public.invalid/file", "file:///etc/passwd", "http:///file", "http://:80/", "/file"} {
		o.refuses(t, address, "no address of http")
	}
}

func TestAFileOfAPublicServerIsFetched(t *testing.T) {
	o := newOutside(t, func(string) http.HandlerFunc {
		return func(answer http.ResponseWriter, _ *http.Request) { _, _ = answer.Write([]byte("a file's bytes")) }
	})
	found, err := o.host.fetch(context.Background(), "http://public.invalid/file")
	if err != nil || string(found.bytes) != "a file's bytes" {
		t.Fatal(found, err)
	}
}

func TestWhatAServerCallsItsFileIsTakenWhereItIsAKind(t *testing.T) {
	for told, kind := range map[string]string{
		"image/png; charset=x": "image/png", "": "text/plain; charset=utf-8", "application/octet-stream": "text/plain; charset=utf-8",
		"x/" + strings.Repeat("y", 5000): "text/plain; charset=utf-8", "a\x00b": "text/plain; charset=utf-8",
	} {
		if found := mimeOf(told, []byte("words")); found != kind {
			t.Errorf("%.50q is taken for %.50q", told, found)
		}
	}
}

func TestARedirectIsNotToldWhereItCameFrom(t *testing.T) {
	var referer atomic.Value
	o := newOutside(t, func(string) http.HandlerFunc {
		return func(answer http.ResponseWriter, request *http.Request) {
			if request.URL.Path == "/file" {
				http.Redirect(answer, request, "/other", http.StatusFound)
				return
			}
			referer.Store(request.Header.Get("Referer"))
			_, _ = answer.Write([]byte("a file's bytes"))
		}
	})
	_, err := o.host.fetch(context.Background(), "http://public.invalid/file?signed=secret")
	if err != nil || referer.Load() != "" {
		t.Fatal(err, referer.Load())
	}
}
