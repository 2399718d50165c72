using System.Text;
using FaceId.Application.Users.Imports;
using FaceId.Infrastructure.Users.Imports;
using FaceId.Tests;

namespace FaceId.UnitTests.Users.Imports;

/// <summary>What cannot be taken is refused by its line, and what follows it is read all the same.</summary>
public sealed class BadEntryTests
{
    private static readonly float[] Ada = Descriptors.All[0];
    private static readonly string Good = $$"""{"email":"good@example.com","encoding":"{{Reading.Singles(Ada)}}"}""";

    private static IEnumerable<TestCaseData> Lines()
    {
        yield return Bad("not_json", "{\"name\":\"Ada\",");
        yield return Bad("not_json", "[1,2]");
        yield return Bad("not_json", "{\"name\":\"Ada\"} {\"name\":\"Bob\"}");
        yield return Bad("not_json", "{\"name\":[\"Ada\"]}");
        yield return Bad("not_json", "{\"name\":\"Ada\",\"verified\":\"perhaps\"}");
        yield return Bad("not_json", "{\"name\":\"Ada\",\"createdAt\":\"yesterday\"}");
        yield return Bad("not_json", "{\"name\":\"Ada\",\"encodings\":{}}");
        yield return Bad("not_json", "{\"name\":\"Ada\",\"encoding\":[NaN]}");
        yield return Bad("not_json", "{\"name\":\"half a \\ud800 letter\"}");
        yield return Bad("not_json", new string('[', 5000));
        yield return Bad("not_finite", $$"""{"name":"Ada","encoding":[null,{{Reading.Digits(Ada[1..], ",")}}]}""");
        yield return Bad("not_finite", $$"""{"name":"Ada","encoding":"{{Reading.Singles([float.NaN, .. Ada[1..]])}}"}""");
        yield return Bad("not_finite", $$"""{"name":"Ada","encoding":"{{Reading.Digits([float.PositiveInfinity, .. Ada[1..]], " ")}}"}""");
        yield return Bad("not_finite", $$"""{"name":"Ada","encoding":[1e300,{{Reading.Digits(Ada[1..], ",")}}]}""");
        yield return Bad("zero_vector", $$"""{"name":"Ada","encoding":"{{Reading.Singles(new float[128])}}"}""");
        yield return Bad("wrong_length", $$"""{"name":"Ada","encoding":[{{Reading.Digits(Ada[1..], ",")}}]}""");
        yield return Bad("wrong_length", $$"""{"name":"Ada","encoding":"{{Reading.Singles(Ada[1..])}}"}""");
        yield return Bad("wrong_length", $$"""{"name":"Ada","encoding":"{{Reading.Singles([.. Ada, .. Ada, .. Ada, .. Ada])}}"}""");
        yield return Bad("wrong_length", "{\"name\":\"Ada\",\"encoding\":[]}");
        yield return Bad("wrong_length", "{\"name\":\"Ada\",\"encoding\":\"\"}");
        yield return Bad("unreadable_encoding", "{\"name\":\"Ada\",\"encoding\":\"no numbers at all\"}");
        yield return Bad("unreadable_encoding", "{\"name\":\"Ada\",\"encoding\":7}");
        yield return Bad("unreadable_encoding", $$"""{"name":"Ada","encoding":"{{Reading.Hex(Ada)[1..]}}g"}""");
        yield return Bad("not_dlib", $$"""{"name":"Ada","encoding":"{{Reading.Singles(Unit(Ada))}}"}""");
        yield return Bad("not_dlib", $$"""{"name":"Ada","encoding":"{{Reading.Singles([.. Ada.Reverse()])}}"}""");
        yield return Bad("not_dlib", $$"""{"name":"Ada","encodings":["{{Reading.Singles(Ada)}}","{{Reading.Singles([.. Ada.Select(x => 10 * x)])}}"]}""");
        yield return Bad("unknown_model", $$"""{"name":"Ada","faces":[{"encoding":"{{Reading.Singles(Ada)}}","model":"facenet"}]}""");
        yield return Bad("unknown_model", $$"""{"name":"Ada","faces":[{"encoding":"{{Reading.Singles(Ada)}}","template":"AAAA","templateModel":"other"}]}""");
        yield return Bad("unreadable_encoding", $$"""{"name":"Ada","faces":[{"encoding":"{{Reading.Singles(Ada)}}","template":"AAAA","templateModel":"faceid-fused-v1"}]}""");
        yield return Bad("not_json", "{\"name\":\"Ada\",\"faces\":[{}]}");
        yield return Bad("bad_email", $$"""{"encoding":"{{Reading.Singles(Ada)}}"}""");
        yield return Bad("bad_email", "{\"email\":\"no address\"}");
        yield return Bad("bad_name", "{\"email\":\"ada@example.com\",\"name\":\"two\\nlines\"}");

        static TestCaseData Bad(string code, string line) => new TestCaseData(code, line).SetArgDisplayNames($"{code} {line[..Math.Min(60, line.Length)]}");
    }

    [TestCaseSource(nameof(Lines))]
    public async Task A_bad_line_is_refused_and_the_next_one_read(string code, string line)
    {
        var entries = await Reading.LinesAsync(Good, line, Good);

        Assert.That(entries.Select(Reading.Told), Is.EqualTo(new[] { "1 good@example.com", $"2 {code}", "3 good@example.com" }));
        Assert.That(entries[1].Person.FirstError.Description, Does.EndWith("."));
    }

    [Test]
    public async Task Bad_records_of_CSV_are_refused_by_the_line_on_which_they_begin()
    {
        var entries = await Reading.CsvAsync(
            "\"e-mail\",email,name,encoding,createdAt",
            "x,ada@example.com,\"Ada \"\"the\"\" Countess\",,",
            "",
            "\"note",
            "of two lines\",bob@example.com,Bob,,",
            "x,eve@example.com,\"Eve\"?,,",
            "x,zoe@example.com,Zoe,,tomorrow",
            "x,kim@example.com,Kim,\"1, 2, 3\",",
            "x,lee@example.com,Lee,,",
            "x,mia@example.com,\"never closed,,");

        Assert.That(entries.Select(Reading.Told), Is.EqualTo(new[]
        {
            "2 ada@example.com", "4 bob@example.com", "6 not_csv", "7 not_csv", "8 wrong_length", "9 lee@example.com", "10 not_csv",
        }));
        Assert.That(entries[0].ShouldBePerson().Name!.Value.Value, Is.EqualTo("Ada \"the\" Countess"));
    }

    [Test]
    public async Task A_line_that_is_too_long_is_passed_over([Values(1, 5)] int mebibytes)
    {
        var huge = $"{{\"name\":\"{new string('a', mebibytes * 1024 * 1024 + 1)}\"}}";

        Assert.That((await Reading.LinesAsync(Good, huge, Good, huge)).Select(Reading.Told), Is.EqualTo(new[]
        {
            "1 good@example.com", "2 line_too_long", "3 good@example.com", "4 line_too_long",
        }));
    }

    [Test]
    public async Task A_quote_that_is_not_closed_costs_a_part_of_the_file_and_is_told()
    {
        var rows = Enumerable.Range(0, 3000).Select(i => $"p{i}@example.com,P,{Reading.Singles(Ada)}").ToArray();
        rows[10] = $"p10@example.com,\"P,{Reading.Singles(Ada)}";

        var entries = await Reading.CsvAsync(["email,name,encoding", .. rows]);

        Assert.Multiple(() =>
        {
            Assert.That(entries.Single(entry => entry.Person.IsError).Told(), Is.EqualTo("12 line_too_long"));
            Assert.That(entries.Count(entry => !entry.Person.IsError), Is.GreaterThan(1000));
            Assert.That(entries[^1].Told(), Is.EqualTo("3001 p2999@example.com"));
        });
    }

    [Test]
    public async Task What_is_not_UTF_8_is_refused_and_not_guessed_at()
    {
        byte[] file = [.. Encoding.UTF8.GetBytes("name,external_id\nJosé,1\n"), .. Encoding.Latin1.GetBytes("José,2\n"), .. Encoding.UTF8.GetBytes("José,3\n")];
        byte[] lines = [.. Encoding.UTF8.GetBytes("{\"name\":\"José\",\"externalId\":1}\n"), .. Encoding.Latin1.GetBytes("{\"name\":\"José\",\"externalId\":2}\n")];
        byte[] document = [.. Encoding.UTF8.GetBytes("{\"José\":\""), .. Encoding.UTF8.GetBytes(Reading.Singles(Ada)), .. Encoding.Latin1.GetBytes("\",\"Joé\":[]}")];

        var csv = await Reading.CsvAsync(file);
        var jsonl = await Reading.JsonlAsync(lines);
        var json = await Reading.AllAsync(new EncodingsJsonSource(new MemoryStream(document), identity: null));

        Assert.Multiple(() =>
        {
            Assert.That(csv[0].ShouldBePerson().Name!.Value.Value, Is.EqualTo("José"));
            Assert.That(csv[1].Told(), Is.EqualTo("3 not_utf8"));
            Assert.That(csv[2].Person.IsError, Is.False);
            Assert.That(jsonl[0].Person.IsError, Is.False);
            Assert.That(jsonl[1].Told(), Is.EqualTo("2 not_utf8"));
            Assert.That(json[0].Person.IsError, Is.False);
            Assert.That(json[1].Told(), Is.EqualTo("2 not_utf8"));
        });
    }

    private static IEnumerable<TestCaseData> Files()
    {
        yield return new TestCaseData(Array.Empty<byte>(), "nothing in it");
        yield return new TestCaseData(new byte[] { 0x80, 4, 0x95, 1, 2 }, "Python pickle");
        yield return new TestCaseData(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("{}")).ToArray(), "UTF-16");
        yield return new TestCaseData(new byte[] { 0x1F, 0x8B, 8, 0 }, "compressed");
        yield return new TestCaseData("PK\u0003\u0004"u8.ToArray(), "compressed");
        yield return new TestCaseData("SQLite format 3\0"u8.ToArray(), "no text");
    }

    [TestCaseSource(nameof(Files))]
    public void A_file_that_holds_no_people_is_named_for_what_it_is(byte[] file, string told) => Assert.Multiple(() =>
    {
        Assert.That(() => Reading.JsonlAsync(file), Throws.TypeOf<ImportSourceException>().With.Message.Contains(told));
        Assert.That(() => Reading.CsvAsync(file), Throws.TypeOf<ImportSourceException>().With.Message.Contains(told));
    });

    [TestCase("Ada,7", "names its columns")]
    [TestCase("email,name,email\nada@example.com,Ada,x", "twice")]
    [TestCase("email,\"name\nada@example.com", "no header")]
    public void A_header_that_tells_nobody_is_refused(string file, string told) =>
        Assert.That(() => Reading.CsvAsync(file), Throws.TypeOf<ImportSourceException>().With.Message.Contains(told));

    private static float[] Unit(float[] numbers) => Array.ConvertAll(numbers, x => (float)(x / Descriptors.Norm(numbers)));
}
