using System.Text;
using FaceId.Application.Users.Imports;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Users.Imports;
using FaceId.Tests;
using FaceId.UnitTests.Configuration;

namespace FaceId.UnitTests.Users.Imports;

public sealed class PeopleFileTests
{
    private static readonly float[] Ada = Descriptors.All[0];
    private static readonly string AdaText = $"[{Reading.Digits(Ada, ",")}]";
    private static readonly string BobText = $"[{Reading.Digits(Descriptors.All[1], ",")}]";

    private static IEnumerable<TestCaseData> Documents()
    {
        yield return new TestCaseData($$"""{"encodings":[{{AdaText}},{{BobText}}],"names":["Ada","Bob"]}""").SetArgDisplayNames("encodings and names");
        yield return new TestCaseData($$"""{"known_face_names":["Ada","Bob"],"known_face_encodings":[{{AdaText}},{{BobText}}]}""").SetArgDisplayNames("known_face_…");
        yield return new TestCaseData($$"""{"Ada":{{AdaText}},"Bob":[{{BobText}}]}""").SetArgDisplayNames("names with their encodings");
        yield return new TestCaseData($$"""[{"name":"Ada","encoding":{{AdaText}}},{"name":"Bob","encodings":[{{BobText}}]}]""").SetArgDisplayNames("a list of people");
    }

    [TestCaseSource(nameof(Documents))]
    public async Task Documents_of_face_recognition_programs_are_read(string document)
    {
        var entries = await Reading.JsonAsync(document);

        Assert.Multiple(() =>
        {
            Assert.That(entries.Select(entry => entry.ShouldBePerson().Name!.Value.Value), Is.EqualTo(new[] { "Ada", "Bob" }));
            Assert.That(entries[0].Numbers(), Is.EqualTo(Ada));
            Assert.That(entries[1].Numbers(), Is.EqualTo(Descriptors.All[1]));
        });
    }

    [TestCase("7", "no people")]
    [TestCase("""{"encodings":[[1]],"names":[]}""", "same length")]
    [TestCase("""{"encodings":[[NaN]],"names":["Ada"]}""", "line 1 is damaged")]
    [TestCase("""{"encodings":[[1]]""", "damaged")]
    public void A_document_of_another_kind_is_refused(string document, string told) =>
        Assert.That(() => Reading.JsonAsync(document), Throws.TypeOf<ImportSourceException>().With.Message.Contains(told));

    [Test]
    public async Task A_person_without_an_address_gets_one_that_leads_nowhere_and_stays_the_same()
    {
        var entries = await Reading.LinesAsync(
            """{"externalId":"Zoë 7"}""", """{"external_id":" Zoe\u0308 7 ","name":"Zoe Seven"}""", """{"name":"Zoe 7"}""", """{"externalId":7}""", """{"name":"王"}""");

        var addresses = entries.ConvertAll(entry => entry.ShouldBePerson().Email.Value);
        Assert.Multiple(() =>
        {
            Assert.That(addresses, Is.All.Match("^[a-z0-9-]+-[0-9a-f]{16}@imported\\.invalid$"));
            Assert.That(addresses[0], Is.EqualTo(addresses[1]).And.StartsWith("zoe-7-"), "Composed or not, it is one id.");
            Assert.That(addresses.Distinct().Count(), Is.EqualTo(4));
            Assert.That(entries[1].ShouldBePerson().Name!.Value.Value, Is.EqualTo("Zoe Seven"));
        });
    }

    [Test]
    public async Task What_is_exported_is_read_as_it_was([Values] PeopleFormat format)
    {
        var time = new DateTimeOffset(2026, 11, 25, 9, 30, 1, 234, TimeSpan.Zero).AddTicks(5670);
        var second = new FaceVector(FaceModels.Second, Enumerable.Range(0, FaceModels.SecondLength).Select(i => (float)(Half)(i / 5000f)).ToArray());
        var template = new FaceTemplate([.. Enumerable.Range(0, FaceTemplate.Length).Select(i => (sbyte)(i - 64))]);
        var faces = new[]
        {
            new ExportPeople.Face(new FaceOpinions(new FaceVector(FaceModels.Dlib, Ada), second, template), time),
            new ExportPeople.Face(new FaceOpinions(new FaceVector(FaceModels.Dlib, Descriptors.All[1]), Second: null, Template: null), time.AddDays(1)),
        };
        var people = new[]
        {
            new ExportPeople.Person("ada@example.com", "Ada \"the\" Countess, of; Lovelace", IsVerified: true, IsActive: false, time, faces, 0),
            new ExportPeople.Person("bob@example.com", "王 小明", IsVerified: false, IsActive: true, time, [], 0),
        };
        using var stream = new MemoryStream();
        var writer = new PeopleWriter(stream, format);
        foreach (var person in people)
        {
            await writer.WriteAsync(person, CancellationToken.None);
        }

        await writer.FlushAsync(CancellationToken.None);
        stream.Position = 0;
        var read = (await Reading.AllAsync(PeopleFiles.Receive(stream, format, stream.Length))).ConvertAll(entry => entry.ShouldBePerson());

        Assert.Multiple(() =>
        {
            Assert.That(read.Select(person => (person.Email.Value, person.Name!.Value.Value, person.IsVerified, person.IsActive, person.CreatedAt)).Distinct(), Is.EqualTo(
                people.Select(person => (person.Email, person.Name, person.IsVerified, person.IsActive, (DateTimeOffset?)person.CreatedAt))));
            Assert.That(read.SelectMany(person => person.Faces).Select(Told), Is.EqualTo(faces.Select(face => Told(new ImportedFace(face.Opinions, face.CreatedAt)))));
        });

        static string Told(ImportedFace face) =>
            $"{face.CreatedAt:O} {Reading.Digits(face.Opinions.Dlib.Values.ToArray(), " ")} | {Reading.Digits(face.Opinions.Second?.Values.ToArray() ?? [], " ")} | {(face.Opinions.Template is { } steps ? string.Join(' ', steps.InSteps.ToArray()) : "")}";
    }

    [Test]
    public async Task A_file_is_read_the_same_however_it_arrives_and_from_wherever_it_goes_on()
    {
        var file = Encoding.UTF8.GetBytes($"email,name,encoding\r\n{string.Join("\r\n", Enumerable.Range(0, 12_000).Select(i => $"p{i}@example.com,\"P\r\n{i}\",{(i % 100 == 0 ? AdaText.Replace(',', ' ') : "")}"))}\r\n");

        var whole = (await Reading.CsvAsync(file)).ConvertAll(Reading.Told);
        var dripping = (await Reading.AllAsync(PeopleFiles.Receive(new Drip(file), PeopleFormat.Csv, length: null))).ConvertAll(Reading.Told);
        var rest = (await Reading.AllAsync(PeopleFiles.Receive(new MemoryStream(file), PeopleFormat.Csv, file.Length), skip: 7001)).ConvertAll(Reading.Told);

        Assert.Multiple(() =>
        {
            Assert.That(whole, Has.Count.EqualTo(12_000));
            Assert.That(whole[5], Is.EqualTo("12 bad_name"), "Names stand on one line.");
            Assert.That(dripping, Is.EqualTo(whole));
            Assert.That(rest, Is.EqualTo(whole[7001..]));
        });
    }

    [TestCase("people.jsonl", null, "{\"name\":\"Ada\"}")]
    [TestCase("people.NDJSON", null, "\uFEFF{\"name\":\"Ada\"}")]
    [TestCase("people.csv", null, "\uFEFFname\nAda\n")]
    [TestCase("people.tsv", null, "name\texternal_id\nAda\t\n")]
    [TestCase("people.json", null, "[{\"name\":\"Ada\"}]")]
    [TestCase("people", "csv", "name\nAda")]
    public async Task A_files_name_tells_what_it_is(string name, string? format, string text)
    {
        using var folder = new TemporaryFolder();
        folder.Write(name, text);
        await using var file = File.OpenRead(folder.PathOf(name));

        Assert.That((await Reading.AllAsync(PeopleFiles.Open(file, format))).Single().ShouldBePerson().Name!.Value.Value, Is.EqualTo("Ada"));
    }

    [Test]
    public void A_file_of_no_known_kind_is_asked_about()
    {
        using var folder = new TemporaryFolder();
        folder.Write("people.xls", "name");
        using var file = File.OpenRead(folder.PathOf("people.xls"));

        Assert.That(() => PeopleFiles.Open(file, format: null), Throws.TypeOf<ImportSourceException>().With.Message.Contains("--format: jsonl, csv, json"));
    }

    [Test]
    public void All_of_dlibs_own_vectors_are_taken() =>
        Assert.That(Descriptors.All.Where(numbers => DlibNumbers.Check(numbers) is not null), Is.Empty);

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class Drip(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + (int)(Position % 997))], cancellationToken);
    }
}
