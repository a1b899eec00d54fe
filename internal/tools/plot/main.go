// Command plot draws the results of internal/cmd/bench as an SVG: the wall time
// of each phase over the number of objects, one line for each contestant, both
// axes logarithmic.
//
// It is a module of its own, so that a plotting library is no part of the
// provider's own go.mod.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// report is the part of the results that is plotted.
type report struct {
	Results []struct {
		Phase      string  `json:"phase"`
		Objects    int     `json:"objects"`
		Contestant string  `json:"contestant"`
		Wall       float64 `json:"wall_s"`
	} `json:"results"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: plot results.json plot.svg")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func run(results, svg string) error {
	data, err := os.ReadFile(results)
	if err != nil {
		return err
	}
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("%s: %w", results, err)
	}
	if len(r.Results) == 0 {
		return fmt.Errorf("%s has no results", results)
	}
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}

	phases := []string{"plan", "create", "destroy"}
	plots := make([]*plot.Plot, 0, len(phases))
	for i, phase := range phases {
		p, err := r.plot(phase, i == 0)
		if err != nil {
			return err
		}
		plots = append(plots, p)
	}
	// All plots have the same scale, so that they can be compared.
	for _, p := range plots {
		for _, other := range plots {
			p.Y.Min, p.Y.Max = math.Min(p.Y.Min, other.Y.Min), math.Max(p.Y.Max, other.Y.Max)
		}
	}
	canvas := vgsvg.New(26*vg.Centimeter, 9*vg.Centimeter)
	tiles := draw.Tiles{Rows: 1, Cols: len(plots), PadX: 4 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadRight: 3 * vg.Millimeter}
	for i, c := range plot.Align([][]*plot.Plot{plots}, tiles, draw.New(canvas))[0] {
		plots[i].Draw(c)
	}
	var image bytes.Buffer
	if _, err := canvas.WriteTo(&image); err != nil {
		return err
	}
	// The viewer may not have the font of the layout.
	const family = "font-family:Liberation Sans"
	return os.WriteFile(svg, bytes.ReplaceAll(image.Bytes(), []byte(family), []byte(family+",Arial,Helvetica,sans-serif")), 0o644)
}

func (r report) plot(phase string, legend bool) (*plot.Plot, error) {
	var contestants []string
	var sizes []int
	lines := map[string]plotter.XYs{}
	for _, m := range r.Results {
		if m.Phase != phase {
			continue
		}
		if !slices.Contains(contestants, m.Contestant) {
			contestants = append(contestants, m.Contestant)
		}
		if !slices.Contains(sizes, m.Objects) {
			sizes = append(sizes, m.Objects)
		}
		lines[m.Contestant] = append(lines[m.Contestant], plotter.XY{X: float64(m.Objects), Y: m.Wall})
	}
	p := plot.New()
	p.Title.Text = phase
	p.X.Label.Text = "applications, and as many access rules"
	p.Y.Label.Text = "seconds"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(secondTicks)
	p.X.Tick.Marker = plot.TickerFunc(func(float64, float64) []plot.Tick {
		ticks := make([]plot.Tick, 0, len(sizes))
		for _, n := range sizes {
			ticks = append(ticks, plot.Tick{Value: float64(n), Label: strconv.Itoa(n)})
		}
		return ticks
	})
	p.Add(plotter.NewGrid())
	for i, name := range contestants {
		line, points, err := plotter.NewLinePoints(lines[name])
		if err != nil {
			return nil, err
		}
		line.Color, points.Color, points.Shape = plotutil.Color(i), plotutil.Color(i), plotutil.Shape(i)
		line.Width = vg.Points(1.2)
		p.Add(line, points)
		if legend {
			p.Legend.Add(name, line, points)
		}
	}
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.TextStyle.Font.Size = vg.Points(8)
	return p, nil
}

// secondTicks marks 1, 2 and 5 of each power of ten.
func secondTicks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for power := math.Pow(10, math.Floor(math.Log10(low))); power <= high; power *= 10 {
		for _, digit := range []float64{1, 2, 5} {
			if v := digit * power; v >= low && v <= high {
				ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 3, 64)})
			}
		}
	}
	return ticks
}
