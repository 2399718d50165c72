using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using FaceId.Application.Users.Imports;
using FaceId.Infrastructure.Users.Imports;

namespace FaceId.UnitTests.Users.Imports;

/// <summary>Reads people as an import does, and writes vectors as other programs do.</summary>
internal static class Reading
{
    public static Task<List<PersonEntry>> LinesAsync(params string[] lines) => JsonlAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    public static Task<List<PersonEntry>> JsonlAsync(byte[] file) => AllAsync(PeopleFiles.Receive(new MemoryStream(file), PeopleFormat.Jsonl, file.Length));

    public static Task<List<PersonEntry>> CsvAsync(params string[] lines) => CsvAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    public static Task<List<PersonEntry>> CsvAsync(byte[] file) => AllAsync(PeopleFiles.Receive(new MemoryStream(file), PeopleFormat.Csv, file.Length));

    public static Task<List<PersonEntry>> JsonAsync(string document) =>
        AllAsync(new EncodingsJsonSource(new MemoryStream(Encoding.UTF8.GetBytes(document)), identity: null));

    public static async Task<List<PersonEntry>> AllAsync(IPeopleSource source, long skip = 0)
    {
        var entries = new List<PersonEntry>();
        await foreach (var batch in source.ReadAsync(skip, CancellationToken.None))
        {
            entries.AddRange(batch.Entries);
            Assert.That(batch.Through, Is.EqualTo(skip + entries.Count));
        }

        return entries;
    }

    /// <summary>The numbers of the only face.</summary>
    public static float[] Numbers(this PersonEntry entry) => entry.ShouldBePerson().Faces.Single().Opinions.Dlib.Values.ToArray();

    public static ImportedPerson ShouldBePerson(this PersonEntry entry)
    {
        Assert.That(entry.Person.IsError, Is.False, () => entry.Person.FirstError.Description);
        return entry.Person.Value;
    }

    /// <summary>Line and code of a refusal, or the line and the address.</summary>
    public static string Told(this PersonEntry entry) => string.Create(
        CultureInfo.InvariantCulture, $"{entry.Line} {(entry.Person.IsError ? entry.Person.FirstError.Code : entry.Person.Value.Email.Value)}");

    public static string Singles(float[] numbers) => Convert.ToBase64String(MemoryMarshal.AsBytes(numbers.AsSpan()));

    public static string Doubles(float[] numbers) => Convert.ToBase64String(MemoryMarshal.AsBytes(Array.ConvertAll(numbers, x => (double)x).AsSpan()));

    public static string Hex(float[] numbers) => Convert.ToHexString(MemoryMarshal.AsBytes(numbers.AsSpan()));

    public static string Digits(float[] numbers, string separator) =>
        string.Join(separator, numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));
}
