using System.Globalization;
using System.Net;
using System.Text;

namespace FaceId.Web.Commands;

/// <summary>A chart as inline SVG: two axes, and curves, bars and marks in the colours of <see cref="Style"/>.</summary>
internal sealed class SvgChart
{
    /// <summary>Light and dark; on paper always light.</summary>
    public const string Style =
        "svg{--ink:#1c1e21;--faint:#d5d8dc;--c0:#0b62b8;--c1:#c2410c;--c2:#15803d;--paper:#fff;background:var(--paper);font:13px system-ui,sans-serif}"
        + "@media(prefers-color-scheme:dark){svg{--ink:#e8eaed;--faint:#3b3f45;--c0:#6db3f8;--c1:#fb923c;--c2:#4ade80;--paper:#16181b}}"
        + "@media print{svg{--ink:#000;--faint:#ccc;--c0:#0b62b8;--c1:#c2410c;--c2:#15803d;--paper:#fff}}"
        + "svg text{fill:var(--ink)}.grid{stroke:var(--faint)}.axis{stroke:var(--ink)}.s0,.s1,.s2{fill:none;stroke-width:2}.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}"
        + ".f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.area{opacity:.35}.dashed{stroke-dasharray:4 4}.thin{stroke-width:1}";

    private const int Width = 660;
    private const int Height = 440;
    private const int Left = 70;
    private const int Top = 20;
    private const int Right = 20;
    private const int Bottom = 60;

    private readonly StringBuilder _body = new();
    private readonly string _title;
    private readonly Axis _x;
    private readonly Axis _y;
    private int _legend;

    public SvgChart(string title, Axis x, Axis y)
    {
        (_title, _x, _y) = (title, x, y);
        foreach (var (value, label) in x.Ticks)
        {
            var at = Number(X(value));
            _body.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{at}\" x2=\"{at}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/><text x=\"{at}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{label}</text>");
        }

        foreach (var (value, label) in y.Ticks)
        {
            var at = Number(Y(value));
            _body.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{at}\" y2=\"{at}\"/><text x=\"{Left - 6}\" y=\"{at}\" dy=\"4\" text-anchor=\"end\">{label}</text>");
        }

        _body.Append(CultureInfo.InvariantCulture, $"<path class=\"axis\" fill=\"none\" d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\"/>");
        _body.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 14}\" text-anchor=\"middle\">{Encode(x.Label)}</text>");
        _body.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{Encode(y.Label)}</text>");
    }

    /// <summary>For curves that end in the upper right.</summary>
    public bool LegendLeft { get; init; }

    /// <param name="Scale">Where a value lies; any rising function.</param>
    public sealed record Axis(string Label, double Least, double Most, Func<double, double> Scale, IReadOnlyList<(double Value, string Label)> Ticks)
    {
        public double Share(double value) =>
            (Scale(Math.Clamp(value, Least, Most)) - Scale(Least)) / (Scale(Most) - Scale(Least));
    }

    public SvgChart Curve(int series, IEnumerable<(double X, double Y)> points, bool dashed = false)
    {
        var path = string.Join('L', points.Select(point => $"{Number(X(point.X))} {Number(Y(point.Y))}"));
        if (path.Length > 0)
        {
            _body.Append(CultureInfo.InvariantCulture, $"<path class=\"s{series}{(dashed ? " dashed" : "")}\" d=\"M{path}\"/>");
        }

        return this;
    }

    public SvgChart Bars(int series, double width, IEnumerable<(double X, double Y)> bars)
    {
        foreach (var (x, y) in bars.Where(bar => bar.Y > 0))
        {
            var (from, to) = (X(x - width / 2), X(x + width / 2));
            _body.Append(CultureInfo.InvariantCulture, $"<rect class=\"f{series} area\" x=\"{Number(from)}\" y=\"{Number(Y(y))}\" width=\"{Number(to - from)}\" height=\"{Number(Height - Bottom - Y(y))}\"/>");
        }

        return this;
    }

    /// <param name="low">Lower end of a whisker.</param>
    public SvgChart Mark(int series, double x, double y, double? low = null, double? high = null, double radius = 3.5)
    {
        if (low is { } a && high is { } b)
        {
            _body.Append(CultureInfo.InvariantCulture, $"<line class=\"s{series} thin\" x1=\"{Number(X(x))}\" x2=\"{Number(X(x))}\" y1=\"{Number(Y(a))}\" y2=\"{Number(Y(b))}\"/>");
        }

        _body.Append(CultureInfo.InvariantCulture, $"<circle class=\"f{series}\" cx=\"{Number(X(x))}\" cy=\"{Number(Y(y))}\" r=\"{Number(radius)}\"/>");
        return this;
    }

    public SvgChart Legend(int series, string text)
    {
        var y = Top + 16 + 18 * _legend++;
        if (LegendLeft)
        {
            _body.Append(CultureInfo.InvariantCulture, $"<line class=\"s{series}\" x1=\"{Left + 8}\" x2=\"{Left + 28}\" y1=\"{y}\" y2=\"{y}\"/><text x=\"{Left + 34}\" y=\"{y}\" dy=\"4\">{Encode(text)}</text>");
            return this;
        }

        _body.Append(CultureInfo.InvariantCulture, $"<line class=\"s{series}\" x1=\"{Width - Right - 24}\" x2=\"{Width - Right - 4}\" y1=\"{y}\" y2=\"{y}\"/><text x=\"{Width - Right - 30}\" y=\"{y}\" dy=\"4\" text-anchor=\"end\">{Encode(text)}</text>");
        return this;
    }

    /// <param name="standalone">Whether it is a file of its own, and brings its colours along.</param>
    public string Render(bool standalone = false) =>
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Encode(_title)}\"><title>{Encode(_title)}</title>{(standalone ? $"<style>{Style}</style>" : "")}{_body}</svg>";

    private double X(double value) => Left + _x.Share(value) * (Width - Left - Right);

    private double Y(double value) => Height - Bottom - _y.Share(value) * (Height - Top - Bottom);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
