using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Npgsql;

namespace FaceId.Benchmarks;

/// <summary>Verifies one person's face over and over while many people sign in, and prints what the verifications notice of it.</summary>
internal static class LoginFlood
{
    private const int Callers = 50;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var url, var email, var password, var dataFolder, var photoFile, var verificationsText])
        {
            await Console.Error.WriteLineAsync("flood URL EMAIL PASSWORD DATA_FOLDER PHOTO VERIFICATIONS");
            return 2;
        }

        var verifications = int.Parse(verificationsText, CultureInfo.InvariantCulture);
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        var path = await HttpLoad.EnrolAsync(http, email, password, photoFile);
        await MakePeopleAsync(dataFolder, email);
        var photo = HttpLoad.CropToVga(photoFile);
        await VerifyAsync(50);

        var before = await VerifyAsync(verifications);
        using var stop = new CancellationTokenSource();
        var answers = new ConcurrentDictionary<int, int>();
        var watch = Stopwatch.StartNew();
        var flood = Task.WhenAll(Enumerable.Range(0, Callers).Select(person => FloodAsync(person, stop.Token)));
        await Task.Delay(TimeSpan.FromSeconds(2));
        var during = await VerifyAsync(verifications);
        await stop.CancelAsync();
        await flood;
        var logins = answers.GetValueOrDefault(200) / watch.Elapsed.TotalSeconds;
        var after = await VerifyAsync(verifications);

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Callers} people, each at an address of their own, sign in at the same time and again as soon as they are in ({logins:0.0} logins a second; answers: {string.Join(", ", answers.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} x {pair.Key}"))}); one caller verifies {verifications} times each:\n"));
        Console.WriteLine("| POST /users/{id}/verify | p50 ms | p95 ms | p99 ms |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (name, times) in (ReadOnlySpan<(string, List<double>)>)[("before", before), ("during the flood", during), ("after", after)])
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {name} | {times.Quantile(0.5):0.0} | {times.Quantile(0.95):0.0} | {times.Quantile(0.99):0.0} |"));
        }

        var quiet = before.Concat(after).ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\nDuring the flood / before and after: p50 {during.Quantile(0.5) / quiet.Quantile(0.5):0.00}, p95 {during.Quantile(0.95) / quiet.Quantile(0.95):0.00}."));
        return 0;

        async Task<List<double>> VerifyAsync(int count)
        {
            var times = new List<double>();
            for (var i = 0; i < count; i++)
            {
                var started = Stopwatch.GetTimestamp();
                await HttpLoad.PostAsync(http, $"{path}/verify", HttpLoad.Photo(photo));
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            return times;
        }

        async Task FloodAsync(int person, CancellationToken stopping)
        {
            using var crowd = From(person, http.BaseAddress!);
            while (!stopping.IsCancellationRequested)
            {
                using var answer = await crowd.PostAsJsonAsync("/api/v1/auth/login", new { email = $"flood-{person}@example.com", password }, CancellationToken.None);
                answers.AddOrUpdate((int)answer.StatusCode, 1, (_, count) => count + 1);
            }
        }
    }

    /// <summary>
    /// A client with a loopback address of its own. From one address, more than twenty attempts at a time would be taken for guessing and
    /// refused before any hashing.
    /// </summary>
    private static HttpClient From(int person, Uri server)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)(person + 1)]), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { BaseAddress = server, Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>People with the administrator's password, which need not be hashed again for each.</summary>
    private static async Task MakePeopleAsync(string dataFolder, string email)
    {
        await using var database = MeasuredDatabase.Open(dataFolder);
        await using var command = database.CreateCommand(
            "INSERT INTO users (email, name, hashed_password, is_verified) SELECT format('flood-%s@example.com', n), 'Flood', hashed_password, true "
            + "FROM users, generate_series(0, $1 - 1) n WHERE email = $2 ON CONFLICT DO NOTHING");
        command.Parameters.Add(new NpgsqlParameter { Value = Callers });
        command.Parameters.Add(new NpgsqlParameter { Value = email });
        await command.ExecuteNonQueryAsync();
    }
}
