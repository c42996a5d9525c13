package standin

import "strings"

func linesOf(text string) []string { return strings.Fields(text) }

func trimPlus(number string) string { return strings.TrimPrefix(number, "+") }

// textOf reads a node's text, which comes as bytes or as a word of the dictionary.
func textOf(content any) string {
	switch said := content.(type) {
	case []byte:
		return string(said)
	case string:
		return said
	default:
		return ""
	}
}
