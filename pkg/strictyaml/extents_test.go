package strictyaml

import "testing"

func TestAValueIsFoundInItsText(t *testing.T) {
	for name, end := range map[string]string{
		"Unix": "\n", "Windows": "\r\n", "old Macs": "\r", "a mainframe": "\u0085", "Unicode's lines": "\u2028", "Unicode's paragraphs": "\u2029",
	} {
		text := "\ufeffname: it is" + end + "  long" + end + end + "depth: 'é''s, # ' # é" + end + "labels: {a: \"}\", b: c,  }" + end + "beds:" + end + "- plant: rose # }" + end + "area: 1.5" + end
		_, at, mistakes := decodeGarden(text)
		if len(mistakes) > 0 {
			t.Errorf("%s: %v", name, mistakes)
			continue
		}
		in := at.Extents([]byte(text))
		for path, want := range map[Path]string{
			"name": "it is" + end + "  long", "depth": "'é''s, # '", "labels": `{a: "}", b: c,  }`, "labels[a]": `"}"`, "beds[0].plant": "rose", "area": "1.5",
		} {
			if found, err := in.Of(path); err != nil || text[found.From:found.To] != want {
				t.Errorf("%s: %s is %q, %v; want %q", name, path, text[found.From:found.To], err, want)
			}
		}
		if line := in.Line(in.Begin("area")); text[line.From:line.To] != "area: 1.5"+end {
			t.Errorf("%s: the line of the area is %q", name, text[line.From:line.To])
		}
	}
}

func TestWhereAValueEndsMayNotBeKnown(t *testing.T) {
	text := "name: |\n  two\n  lines\nlabels: {a: b, # two\n  c: d}\nbeds:\n- plant: rose\n"
	_, at, mistakes := decodeGarden(text)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for path, want := range map[Path]error{"name": errLines, "labels": errComment, "beds": errUnclear} {
		if _, err := at.Extents([]byte(text)).Of(path); err != want {
			t.Errorf("%s: error %v, want %v", path, err, want)
		}
	}
}
