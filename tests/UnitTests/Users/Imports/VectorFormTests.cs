using FaceId.Tests;

namespace FaceId.UnitTests.Users.Imports;

/// <summary>One vector, written in every form that is taken.</summary>
public sealed class VectorFormTests
{
    private static readonly float[] Ada = Descriptors.All[0];

    private static IEnumerable<TestCaseData> Texts()
    {
        yield return new TestCaseData(Reading.Singles(Ada)).SetArgDisplayNames("512 bytes in base64");
        yield return new TestCaseData(Reading.Doubles(Ada)).SetArgDisplayNames("1024 bytes in base64");
        yield return new TestCaseData(Reading.Hex(Ada)).SetArgDisplayNames("512 bytes in hexadecimal");
        yield return new TestCaseData(Reading.Hex(Ada).ToLowerInvariant()).SetArgDisplayNames("in small hexadecimal");
        yield return new TestCaseData(Reading.Digits(Ada, ",")).SetArgDisplayNames("numbers between commas");
        yield return new TestCaseData(Reading.Digits(Ada, " ")).SetArgDisplayNames("numbers between spaces");
        yield return new TestCaseData($"[{Reading.Digits(Ada, ", ")}]").SetArgDisplayNames("numbers in brackets");
        yield return new TestCaseData($"[{Reading.Digits(Ada, "\n ")}]").SetArgDisplayNames("as numpy prints them");
    }

    [TestCaseSource(nameof(Texts))]
    public async Task A_text_is_read(string text)
    {
        var json = await Reading.LinesAsync($$"""{"name":"Ada","encoding":"{{text.Replace("\n", "\\n", StringComparison.Ordinal)}}"}""");
        var csv = await Reading.CsvAsync("name,encoding", $"Ada,\"{text}\"");

        Assert.Multiple(() =>
        {
            Assert.That(json.Single().Numbers(), Is.EqualTo(Ada));
            Assert.That(csv.Single().Numbers(), Is.EqualTo(Ada));
        });
    }

    [Test]
    public async Task Numbers_of_JSON_are_read_alone_and_in_lists()
    {
        var entries = await Reading.LinesAsync(
            $$"""{"name":"Ada","encoding":[{{Reading.Digits(Ada, ",")}}]}""",
            $$"""{"name":"Bob","encodings":[[{{Reading.Digits(Ada, ",")}}],"{{Reading.Singles(Descriptors.All[1])}}"]}""",
            $$"""{"name":"Eve","faces":[{"encoding":[{{Reading.Digits(Ada, ",")}}]},{"encoding":"{{Reading.Singles(Descriptors.All[1])}}"}]}""");

        Assert.That(entries[0].Numbers(), Is.EqualTo(Ada));
        foreach (var entry in entries[1..])
        {
            Assert.That(entry.ShouldBePerson().Faces.Select(face => face.Opinions.Dlib.Values.ToArray()), Is.EqualTo(new[] { Ada, Descriptors.All[1] }));
        }
    }

    [Test]
    public async Task Columns_of_numbers_are_read_by_the_numbers_in_their_names()
    {
        var order = Enumerable.Range(0, 128).OrderBy(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal).ToArray();

        var named = await Reading.CsvAsync($"name,{string.Join(',', order.Select(i => $"e{i}"))}", $"Ada,{Reading.Digits([.. order.Select(i => Ada[i])], ",")}");
        var plain = await Reading.CsvAsync($"name,{string.Join(',', Enumerable.Repeat("x", 128))}", $"Ada,{Reading.Digits(Ada, ",")}");
        var short1 = await Reading.CsvAsync($"name,{string.Join(',', order.Select(i => $"e{i}"))}", $"Ada,{Reading.Digits(Ada[..127], ",")}", "Bob");

        Assert.Multiple(() =>
        {
            Assert.That(named.Single().Numbers(), Is.EqualTo(Ada));
            Assert.That(plain.Single().Numbers(), Is.EqualTo(Ada));
            Assert.That(short1[0].Told(), Is.EqualTo("2 wrong_length"));
            Assert.That(short1[1].ShouldBePerson().Faces, Is.Empty, "Somebody without a face.");
        });
    }

    [TestCase(";")]
    [TestCase("\t")]
    public async Task Other_separators_are_found_out(string separator)
    {
        var entries = await Reading.CsvAsync(
            string.Join(separator, "external_id", "name", "encoding"), string.Join(separator, "7", "\"Ada, Countess; of Lovelace\"", Reading.Singles(Ada)));

        Assert.That(entries.Single().Numbers(), Is.EqualTo(Ada));
    }
}
