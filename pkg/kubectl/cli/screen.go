package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// PlainWidth is how wide text is made where nobody says how wide the screen is.
const PlainWidth = 80

// Screen is what a person looks at; false where the output goes elsewhere.
func Screen(out io.Writer) (width, height int, is bool) {
	file, isFile := bare(out).(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return PlainWidth, 0, false
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		return PlainWidth, 0, true
	}
	return width, height, true
}

// Clear empties a screen.
func Clear(out io.Writer) error {
	_, err := io.WriteString(bare(out), "\x1b[H\x1b[2J")
	return err
}
