using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FaceId.FunctionalTests.Support;
using FaceId.Tests;

namespace FaceId.FunctionalTests.Imports;

/// <summary>People as other systems write them down.</summary>
internal static class PeopleLines
{
    public static string Line(string email, string name, params float[][] faces) =>
        JsonSerializer.Serialize(new { email, name, encodings = faces.Select(Base64) });

    public static string Line(string email, params float[][] faces) => Line(email, "Ada", faces);

    /// <summary>People who do not exist, with a face each.</summary>
    public static string Csv(int people)
    {
        var text = new StringBuilder("email,name,encoding\n", people * 720);
        for (var i = 0; i < people; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"person{i}@example.org,Person {i},{Base64(Descriptors.Nobody(i))}\n");
        }

        return text.ToString();
    }

    public static string Base64(float[] numbers) => Convert.ToBase64String(MemoryMarshal.AsBytes(numbers.AsSpan()));

    public static Task<Answer> ImportAsync(this Api api, string people, string query = "", string type = "application/x-ndjson") =>
        api.PostBytesAsync($"/api/v1/users/import{query}", Encoding.UTF8.GetBytes(people), type);

    /// <summary>The lines of an import's answer.</summary>
    public static List<JsonElement> Lines(this Answer answer) =>
        [.. answer.ShouldBe(System.Net.HttpStatusCode.OK).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>How it ended: the event and its counts.</summary>
    public static string Ended(this Answer answer)
    {
        var last = answer.Lines()[^1];
        return last.TryGetProperty("entries", out _)
            ? $"{last.GetProperty("event")}: {last.GetProperty("people")} people, {last.GetProperty("faces")} faces, {last.GetProperty("knownFaces")} known, {last.GetProperty("refused")} refused"
            : $"{last.GetProperty("event")}: {last.GetProperty("code")}";
    }

    /// <summary>Line and code of everything refused.</summary>
    public static IEnumerable<string> Refused(this Answer answer) =>
        answer.Lines().Where(line => line.GetProperty("event").GetString() == "refused").Select(line => $"{line.GetProperty("line")} {line.GetProperty("code")}");

    /// <summary>What dlib's network says of the face in a photo.</summary>
    public static async Task<float[]> EncodingAsync(Api admin, byte[] photo) =>
        [.. (await admin.DetectAsync(photo, "?encodings=true")).ShouldBe(System.Net.HttpStatusCode.OK)["faces.0.encoding"].EnumerateArray().Select(number => number.GetSingle())];
}
