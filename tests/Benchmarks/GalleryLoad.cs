using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Recognition;
using Npgsql;
using NpgsqlTypes;

namespace FaceId.Benchmarks;

/// <summary>What a running server answers in what time over a gallery of people who do not exist: see <c>build/bench.sh gallery</c>.</summary>
internal static class GalleryLoad
{
    private const int Seed = 20261125;
    private const int RowsAtOnce = 10_000;

    /// <summary>As many faces as one person may have, but for the first.</summary>
    private const int Enrolments = 19;

    /// <summary><c>gallery-fill DATA_FOLDER FACES</c>: adds people with one sealed face each until there are so many.</summary>
    public static async Task<int> FillAsync(string[] args)
    {
        if (args is not [var dataFolder, var sizeText])
        {
            await Console.Error.WriteLineAsync("gallery-fill DATA_FOLDER FACES");
            return 2;
        }

        var size = int.Parse(sizeText, CultureInfo.InvariantCulture);
        await using var database = MeasuredDatabase.Open(dataFolder);
        using var vault = new TemplateVault(MasterKeys.LoadOrCreate(new FaceIdSettings { DataFolder = dataFolder, ModelsFolder = "unused" }));
        var there = (int)(long)(await database.CreateCommand("SELECT count(*) FROM faces").ExecuteScalarAsync())!;
        var gallery = SearchGallery.Measured(Seed + there);
        var random = new Random(Seed + there);
        await using var connection = await database.OpenConnectionAsync();
        for (; there < size; there += RowsAtOnce)
        {
            await AddAsync(connection, vault, gallery, random, Math.Min(RowsAtOnce, size - there));
        }

        await using var vacuum = new NpgsqlCommand("VACUUM ANALYZE users, faces", connection) { CommandTimeout = 0 };
        await vacuum.ExecuteNonQueryAsync();
        return 0;
    }

    /// <summary><c>gallery URL EMAIL PASSWORD PHOTO REQUESTS</c>: waits until the gallery is there, and prints a row without its beginning.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var url, var email, var password, var photoFile, var requestsText])
        {
            await Console.Error.WriteLineAsync("gallery URL EMAIL PASSWORD PHOTO REQUESTS");
            return 2;
        }

        var requests = int.Parse(requestsText, CultureInfo.InvariantCulture);
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        while ((await http.GetFromJsonAsync<JsonElement>(new Uri("/health/ready", UriKind.Relative))).GetProperty("gallery").GetProperty("state").GetString() != "current")
        {
            await Task.Delay(100);
        }

        var path = await HttpLoad.EnrolAsync(http, email, password, photoFile);
        var photo = HttpLoad.CropToVga(photoFile);
        await TimesAsync(http, $"{path}/verify", photo, 50);
        await TimesAsync(http, "/api/v1/faces/identify", photo, 10);
        var verify = await TimesAsync(http, $"{path}/verify", photo, requests);
        var identify = await TimesAsync(http, "/api/v1/faces/identify", photo, requests);
        var enrol = await TimesAsync(http, $"{path}/faces", photo, Enrolments);
        var answer = await HttpLoad.PostAsync(http, "/api/v1/faces/identify", HttpLoad.Photo(photo));
        if (answer.GetProperty("unknown").GetBoolean())
            throw new InvalidOperationException("The person who is enrolled was not found.");
        using var deleted = await http.DeleteAsync(new Uri(path, UriKind.Relative));
        deleted.EnsureSuccessStatusCode();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{answer.GetProperty("threshold").GetDouble():0.000} | {Of(verify, 0.5)} ({Of(verify, 0.95)}) | {Of(identify, 0.5)} ({Of(identify, 0.95)}) | {Median(identify, "search")} | {Of(enrol, 0.5)} ({Of(enrol, 0.95)}) |"));
        return 0;

        static string Of(List<(double Total, JsonElement Timings)> samples, double quantile) =>
            samples.Select(sample => sample.Total).Quantile(quantile).ToString("0.0", CultureInfo.InvariantCulture);

        static string Median(List<(double Total, JsonElement Timings)> samples, string stage) =>
            samples.Select(sample => sample.Timings.GetProperty(stage).GetDouble()).Quantile(0.5).ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static async Task<List<(double Total, JsonElement Timings)>> TimesAsync(HttpClient http, string path, byte[] photo, int requests)
    {
        var samples = new List<(double, JsonElement)>(requests);
        for (var i = 0; i < requests; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var answer = await HttpLoad.PostAsync(http, path, HttpLoad.Photo(photo));
            samples.Add((Stopwatch.GetElapsedTime(started).TotalMilliseconds, answer.GetProperty("timings")));
        }

        return samples;
    }

    private static async Task AddAsync(NpgsqlConnection connection, TemplateVault vault, SearchGallery gallery, Random random, int count)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        var people = new List<int>(count);
        await using (var command = new NpgsqlCommand(
            "INSERT INTO users (email, name, hashed_password, is_verified) SELECT format('%s@gallery.example', gen_random_uuid()), 'Nobody', '', true FROM generate_series(1, $1) RETURNING id",
            connection))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = count });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                people.Add(reader.GetInt32(0));
            }
        }

        var steps = new sbyte[FaceTemplate.Length];
        var faces = vault.Seal(people.ConvertAll(person => (Somebody(), person)), CancellationToken.None);
        await using (var copy = await connection.BeginBinaryImportAsync(
            "COPY faces (user_id, encoding, model, second_encoding, second_model, template, template_model) FROM STDIN (FORMAT binary)"))
        {
            foreach (var (person, face) in people.Zip(faces))
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(person, NpgsqlDbType.Integer);
                await copy.WriteAsync(face.Encoding, NpgsqlDbType.Bytea);
                await copy.WriteAsync(face.Model, NpgsqlDbType.Varchar);
                await copy.WriteAsync(face.Second!.Sealed, NpgsqlDbType.Bytea);
                await copy.WriteAsync(face.Second.Model, NpgsqlDbType.Varchar);
                await copy.WriteAsync(face.Template!.Sealed, NpgsqlDbType.Bytea);
                await copy.WriteAsync(face.Template.Model, NpgsqlDbType.Varchar);
            }

            await copy.CompleteAsync();
        }

        await transaction.CommitAsync();

        // What the search reads is the template; the networks' own numbers are only as long as they are.
        FaceOpinions Somebody()
        {
            gallery.Photo(gallery.Person(), steps);
            return new FaceOpinions(Numbers(FaceModels.Dlib, FaceModels.DlibLength), Numbers(FaceModels.Second, FaceModels.SecondLength), new FaceTemplate(steps));
        }

        FaceVector Numbers(string model, int length)
        {
            var values = new float[length];
            for (var i = 0; i < length; i++)
            {
                values[i] = random.NextSingle() - 0.5f;
            }

            return new FaceVector(model, values);
        }
    }
}
