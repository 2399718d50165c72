using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using SkiaSharp;

namespace FaceId.Benchmarks;

/// <summary>
/// Verifies one photo over HTTP against a running server, first by one caller at a time and then by several, and prints where the
/// time goes. The server should have a processor of its own: see <c>build/bench.sh http</c>.
/// </summary>
internal static class HttpLoad
{
    private const int WarmUps = 50;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var url, var email, var password, var photoFile, var requestsText])
        {
            await Console.Error.WriteLineAsync("http URL EMAIL PASSWORD PHOTO REQUESTS");
            return 2;
        }

        var requests = int.Parse(requestsText, CultureInfo.InvariantCulture);
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        var photo = CropToVga(photoFile);
        var path = await EnrolAsync(http, email, password, photoFile);
        for (var i = 0; i < WarmUps; i++)
        {
            await PostAsync(http, $"{path}/verify", Photo(photo));
        }

        Console.WriteLine("| callers | requests/s | p50 ms | p95 ms | p99 ms | decode | detect | align | encode | the rest |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var callers in (int[])[1, 2, 4])
        {
            await MeasureAsync(http, $"{path}/verify", photo, callers, requests);
        }

        return 0;
    }

    /// <summary>Signs in, and enrols a new person with the photo.</summary>
    /// <returns>The person's path.</returns>
    public static async Task<string> EnrolAsync(HttpClient http, string email, string password, string photoFile)
    {
        var login = await PostAsync(http, "/api/v1/auth/login", JsonContent.Create(new { email, password }));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", login.GetProperty("accessToken").GetString());
        var person = await PostAsync(http, "/api/v1/users", JsonContent.Create(new { email = $"load-{Guid.NewGuid():n}@example.com", name = "Load" }));
        var path = $"/api/v1/users/{person.GetProperty("id").GetInt32()}";
        await PostAsync(http, $"{path}/faces?allowDuplicate=true", Photo(CropToVga(photoFile)));
        return path;
    }

    private static async Task MeasureAsync(HttpClient http, string path, byte[] photo, int callers, int requests)
    {
        var samples = new List<(double Total, JsonElement Timings)>();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            for (var i = 0; i < requests / callers; i++)
            {
                var started = Stopwatch.GetTimestamp();
                var answer = await PostAsync(http, path, Photo(photo));
                var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                lock (samples)
                {
                    samples.Add((elapsed, answer.GetProperty("timings")));
                }
            }
        }));

        var rate = samples.Count / watch.Elapsed.TotalSeconds;
        var p50 = samples.Select(sample => sample.Total).Quantile(0.5);
        var stages = ((string[])["queue", "decode", "detect", "align", "encode"])
            .Select(stage => samples.Select(sample => sample.Timings.GetProperty(stage).GetDouble()).Quantile(0.5)).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {callers} | {rate:0.0} | {p50:0.0} | {samples.Select(sample => sample.Total).Quantile(0.95):0.0} | {samples.Select(sample => sample.Total).Quantile(0.99):0.0} | {stages[1]:0.0} | {stages[2]:0.0} | {stages[3]:0.0} | {stages[4]:0.0} | {p50 - stages.Sum():0.0} |"));
    }

    /// <summary>A JPEG of 640x480 pixels from the middle of a larger photo.</summary>
    public static byte[] CropToVga(string file)
    {
        const int width = 640;
        const int height = 480;
        using var whole = SKBitmap.Decode(file);
        using var part = new SKBitmap(width, height);
        if (!whole.ExtractSubset(part, SKRectI.Create((whole.Width - width) / 2, (whole.Height - height) / 2, width, height)))
        {
            throw new InvalidOperationException($"{file} is smaller than {width}x{height}.");
        }

        using var jpeg = part.Encode(SKEncodedImageFormat.Jpeg, 90);
        return jpeg.ToArray();
    }

    public static ByteArrayContent Photo(byte[] photo)
    {
        var content = new ByteArrayContent(photo);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        return content;
    }

    public static async Task<JsonElement> PostAsync(HttpClient http, string path, HttpContent content)
    {
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        var body = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonDocument.Parse(body).RootElement
            : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {body}");
    }
}
