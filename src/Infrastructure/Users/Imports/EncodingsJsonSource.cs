using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using ErrorOr;
using FaceId.Application.Users.Imports;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>
/// One JSON document, as programs around face_recognition write their encodings: <c>{"encodings": [[…], …], "names": ["…", …]}</c>, the same
/// with <c>known_face_encodings</c> and <c>known_face_names</c>, names with their encodings (<c>{"Ada": [[…], …]}</c>), or a list of people. It is
/// read whole, for names may come last.
/// </summary>
internal sealed class EncodingsJsonSource(Stream stream, string? identity) : IPeopleSource
{
    /// <summary>Of about a hundred thousand faces.</summary>
    public const long MaxBytes = 256 * 1024 * 1024;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 8 };

    private static readonly (string Encodings, string Names)[] Pairs = [("encodings", "names"), ("known_face_encodings", "known_face_names")];

    public string? Identity => identity;

    public IAsyncEnumerable<PeopleBatch> ReadAsync(long skip, CancellationToken cancellationToken) => BatchesAsync(skip, cancellationToken).AheadAsync(cancellationToken);

    private async IAsyncEnumerable<PeopleBatch> BatchesAsync(long skip, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var document = await ReadAsync(cancellationToken);
        var all = Entries(document.RootElement).ToList();
        for (var done = (int)Math.Min(skip, all.Count); done < all.Count;)
        {
            var entries = new List<PersonEntry>();
            for (; done < all.Count && entries.Count < BatchReading.EntriesAtOnce; done++)
            {
                entries.Add(new PersonEntry(done + 1, Read(all[done])));
            }

            yield return new PeopleBatch(entries, done, done / (double)all.Count);
        }
    }

    private static ErrorOr<ImportedPerson> Read(Func<ErrorOr<ImportedPerson>> entry)
    {
        try
        {
            return entry();
        }
        catch (InvalidOperationException)
        {
            return Error.Validation("not_utf8", "The name is no text in UTF-8.");
        }
    }

    private async Task<JsonDocument> ReadAsync(CancellationToken cancellationToken)
    {
        if (stream.CanSeek && stream.Length > MaxBytes)
        {
            throw new ImportSourceException(ImportErrors.Unreadable($"A JSON document may have {MaxBytes / (1024 * 1024)} MiB. Write one person a line (JSON Lines) for more."));
        }

        try
        {
            return await JsonDocument.ParseAsync(stream, Options, cancellationToken);
        }
        catch (JsonException exception)
        {
            throw new ImportSourceException(ImportErrors.Unreadable($"This is no JSON: line {exception.LineNumber + 1} is damaged. NaN and Infinity are no JSON either."));
        }
    }

    private static IEnumerable<Func<ErrorOr<ImportedPerson>>> Entries(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            return root.EnumerateArray().Select<JsonElement, Func<ErrorOr<ImportedPerson>>>(person => () => PersonJson.Parse(Raw(person)));
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ImportSourceException(ImportErrors.Unreadable("This JSON document holds no people."));
        }

        foreach (var (encodings, names) in Pairs)
        {
            if (root.TryGetProperty(encodings, out var vectors) && root.TryGetProperty(names, out var people))
            {
                return Paired(vectors, people, encodings, names);
            }
        }

        return root.EnumerateObject().Select<JsonProperty, Func<ErrorOr<ImportedPerson>>>(person => () => Named(person.Name, person.Value));
    }

    private static IEnumerable<Func<ErrorOr<ImportedPerson>>> Paired(JsonElement vectors, JsonElement people, string encodings, string names)
    {
        if (vectors.ValueKind != JsonValueKind.Array || people.ValueKind != JsonValueKind.Array || vectors.GetArrayLength() != people.GetArrayLength())
        {
            throw new ImportSourceException(ImportErrors.Unreadable($"'{encodings}' and '{names}' are lists of the same length, a name for each encoding."));
        }

        return vectors.EnumerateArray().Zip(people.EnumerateArray()).Select<(JsonElement, JsonElement), Func<ErrorOr<ImportedPerson>>>(pair => () =>
            Named(pair.Item2.ValueKind == JsonValueKind.String ? pair.Item2.GetString() : pair.Item2.ToString(), pair.Item1));
    }

    /// <param name="vectors">One encoding, or a list of them.</param>
    private static ErrorOr<ImportedPerson> Named(string? name, JsonElement vectors)
    {
        var form = new PersonForm { Name = name };
        if (vectors.ValueKind == JsonValueKind.Array && vectors.GetArrayLength() > 0 && vectors[0].ValueKind is JsonValueKind.Array or JsonValueKind.String)
        {
            foreach (var vector in vectors.EnumerateArray())
            {
                form.Add(Vector(vector));
            }
        }
        else
        {
            form.Add(Vector(vectors));
        }

        return form.ToPerson();
    }

    private static ErrorOr<float[]> Vector(JsonElement element)
    {
        var reader = new Utf8JsonReader(Raw(element));
        reader.Read();
        return PersonJson.ReadVector(ref reader);
    }

    private static ReadOnlySpan<byte> Raw(JsonElement element) => JsonMarshal.GetRawUtf8Value(element);
}
