using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using FaceId.Infrastructure.Postgres;
using Npgsql;

namespace FaceId.Benchmarks;

/// <summary>
/// What saying who one is adds to a request on the running program, how many database commands it makes, and how long a login takes
/// beside bcrypt alone. See <c>build/bench.sh auth</c>.
/// </summary>
/// <remarks>
/// The server authenticates whatever request carries a credential, also one to a door that is open to everybody. So all requests that are
/// timed go to the same such door, a page of a kilobyte or two from memory, and differ in nothing but the header; they go over one
/// connection in turns, so that whatever slows the machine down meets all kinds alike.
/// </remarks>
internal static partial class AuthenticationLoad
{
    private const string OpenDoor = "/verify-email";
    private const int Rounds = 5;
    private const int Logins = 20;
    private const int BcryptCost = 12;

    // Refused for the limit after everything that has to do with the caller, and before any query of their own.
    private const string PersonsDoor = "/api/v1/me/faces?limit=0";
    private const string ProgramsDoor = "/api/v1/users?limit=0";

    /// <summary>Longer than the half minute after which the server writes down who was seen.</summary>
    private static readonly TimeSpan CountFor = TimeSpan.FromSeconds(65);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var url, var email, var password, var dataFolder, var requestsText])
        {
            await Console.Error.WriteLineAsync("auth URL EMAIL PASSWORD DATA_FOLDER REQUESTS");
            return 2;
        }

        var server = new Uri(url);
        var requests = int.Parse(requestsText, CultureInfo.InvariantCulture);
        using var http = new HttpClient { BaseAddress = server };
        var credentials = await Credentials.GetAsync(http, email, password);
        Time(server, credentials, requests);
        await CountAsync(http, credentials, dataFolder, requests);
        await TimeLoginsAsync(http, email, password);
        return 0;
    }

    private static void Time(Uri server, Credentials credentials, int requests)
    {
        (string Name, string? Header)[] kinds =
        [
            ("nobody", null),
            ("access token", credentials.AccessToken),
            ("API key", credentials.ApiKey),
            ("browser's cookie", credentials.Cookie),
        ];
        var messages = kinds.Select(kind => KeepAliveConnection.Get(server, OpenDoor, kind.Header)).ToArray();
        using var connection = new KeepAliveConnection(server);
        var times = kinds.Select(_ => new List<double>()).ToArray();
        var added = kinds.Select(_ => new List<double>()).ToArray();
        Round(times, requests);
        foreach (var list in times)
        {
            list.Clear();
        }

        for (var round = 0; round < Rounds; round++)
        {
            var ofRound = kinds.Select(_ => new List<double>()).ToArray();
            Round(ofRound, requests / Rounds);
            for (var kind = 0; kind < kinds.Length; kind++)
            {
                times[kind].AddRange(ofRound[kind]);
                added[kind].Add(ofRound[kind].Quantile(0.5) - ofRound[0].Quantile(0.5));
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"GET {OpenDoor} over one connection, {requests} requests a kind in turns, in {Rounds} rounds; the server has a processor of its own.\n"));
        Console.WriteLine("| caller | p50 ms | p90 ms | p99 ms | added to p50, ms (rounds) |");
        Console.WriteLine("|---|---|---|---|---|");
        for (var kind = 0; kind < kinds.Length; kind++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {kinds[kind].Name} | {times[kind].Quantile(0.5):0.000} | {times[kind].Quantile(0.9):0.000} | {times[kind].Quantile(0.99):0.000} | {added[kind].Quantile(0.5):0.000} ({added[kind].Min():0.000}–{added[kind].Max():0.000}) |"));
        }

        void Round(List<double>[] results, int count)
        {
            for (var i = 0; i < count; i++)
            {
                for (var turn = 0; turn < kinds.Length; turn++)
                {
                    var kind = (i + turn) % kinds.Length;
                    var started = Stopwatch.GetTimestamp();
                    var status = connection.Send(messages[kind]);
                    results[kind].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                    if (status != 200)
                    {
                        throw new InvalidOperationException($"{OpenDoor} as {kinds[kind].Name}: {status}");
                    }
                }
            }
        }
    }

    /// <summary>
    /// Asks PostgreSQL which statements it was sent while nobody called, and then in as long a time while callers knocked on doors that
    /// let only them in.
    /// </summary>
    private static async Task CountAsync(HttpClient http, Credentials credentials, string dataFolder, int requests)
    {
        await using var database = MeasuredDatabase.Open(dataFolder);
        await ExecuteAsync(database, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
        (string Door, string Header)[] knocks =
            [(PersonsDoor, credentials.AccessToken), (ProgramsDoor, credentials.ApiKey), (PersonsDoor, credentials.Cookie)];
        var times = new List<double>();
        await KnockAsync(100);

        // Until the server has written down that they were here.
        await Task.Delay(CountFor / 2);
        await ExecuteAsync(database, "SELECT pg_stat_statements_reset()");
        await Task.Delay(CountFor);
        var idle = await StatementsAsync(database);

        // A browser that was away for a minute or more is looked up again, to see whether it was away too long.
        await KnockAsync(1);
        times.Clear();
        await ExecuteAsync(database, "SELECT pg_stat_statements_reset()");
        var watch = Stopwatch.StartNew();
        await KnockAsync(requests);
        var burst = watch.Elapsed;
        while (watch.Elapsed < CountFor)
        {
            await KnockAsync(1);
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        var busy = await StatementsAsync(database);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\nGET {PersonsDoor} by token and by cookie, {ProgramsDoor} by key: {times.Count} requests, {requests * knocks.Length} of them in {burst.TotalSeconds:0.0} s and then one of each a second, p50 {times.Quantile(0.5):0.000} ms (of an ordinary client). Commands that the server sent to PostgreSQL (pg_stat_statements):\n"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| | {CountFor.TotalSeconds:0} s at rest | {CountFor.TotalSeconds:0} s with {times.Count} requests |"));
        Console.WriteLine("|---|---|---|");
        Count("reads of sessions, accounts, keys, signing keys", IsAboutCallers);
        Count("writes of when sessions and keys were last seen (every 30 s, one for all sessions and one for all keys)", IsLastSeen);
        Count("what the server does by itself: heartbeat of the change feed, jobs, their connections", query => !IsAboutCallers(query) && !IsLastSeen(query));
        Console.WriteLine();

        void Count(string what, Func<string, bool> concerns) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {what} | {idle.Where(one => concerns(one.Query)).Sum(one => one.Calls)} | {busy.Where(one => concerns(one.Query)).Sum(one => one.Calls)} |"));

        async Task KnockAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                foreach (var (door, header) in knocks)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, door);
                    var colon = header.IndexOf(':', StringComparison.Ordinal);
                    request.Headers.Add(header[..colon], header[(colon + 2)..]);
                    var started = Stopwatch.GetTimestamp();
                    using var answer = await http.SendAsync(request);
                    times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                    if (answer.StatusCode != HttpStatusCode.BadRequest)
                    {
                        throw new InvalidOperationException($"{door}: {(int)answer.StatusCode}, where the limit was to be refused.");
                    }
                }
            }
        }
    }

    private static bool IsLastSeen(string query) => query.Contains("SET last_", StringComparison.Ordinal);

    private static bool IsAboutCallers(string query) => !IsLastSeen(query) && TablesOfCallers().IsMatch(query);

    private static async Task<List<(string Query, long Calls)>> StatementsAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            $"SELECT query, calls FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE rolname = '{Cluster.Role}' AND toplevel");
        await using var reader = await command.ExecuteReaderAsync();
        var statements = new List<(string, long)>();
        while (await reader.ReadAsync())
        {
            statements.Add((reader.GetString(0), reader.GetInt64(1)));
        }

        return statements;
    }

    private static async Task TimeLoginsAsync(HttpClient http, string email, string password)
    {
        var hash = BCrypt.Net.BCrypt.HashPassword(password, BcryptCost);
        var (logins, bcrypt) = (new List<double>(), new List<double>());
        for (var i = 0; i < Logins; i++)
        {
            var started = Stopwatch.GetTimestamp();
            using var answer = await http.PostAsJsonAsync("/api/v1/auth/login", new { email, password });
            logins.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            answer.EnsureSuccessStatusCode();

            started = Stopwatch.GetTimestamp();
            BCrypt.Net.BCrypt.Verify(password, hash);
            bcrypt.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        var (login, alone) = (logins.Quantile(0.5), bcrypt.Quantile(0.5));
        Console.WriteLine("| median of 20, in turns | ms | ratio |");
        Console.WriteLine("|---|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| bcrypt alone, cost {BcryptCost} (on the caller's processor) | {alone:0.0} | 1.00 |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| POST /auth/login | {login:0.0} | {login / alone:0.00} |"));
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    [GeneratedRegex(@"\b(users|sessions|api_keys|signing_keys|refresh_tokens)\b")]
    private static partial Regex TablesOfCallers();
}
