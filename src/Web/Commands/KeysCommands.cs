using System.CommandLine;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;

namespace FaceId.Web.Commands;

/// <summary><c>faceid keys</c>: the master key. Keys come from files and the environment and are never shown; their ids are no secret.</summary>
internal static class KeysCommands
{
    public static Command Create() => new("keys", "Look after the master key.") { Status(), Rotate() };

    private static Command Status()
    {
        var command = new Command("status", "Count what each key seals.");
        command.SetAction((_, cancellationToken) => CommandServices.RunAsync(
            async services =>
            {
                var keys = services.GetRequiredService<MasterKeys>();
                Write($"Key in force: {keys.Current.KeyId:x8} ({keys.Current.Origin})");
                foreach (var old in keys.All.Skip(1))
                {
                    Write($"Old key:      {old.KeyId:x8} ({old.Origin})");
                }

                Write($"");
                Write($"{"",-26} {"key",-8}  {"",-11} {"rows",10}");
                foreach (var rows in await services.GetRequiredService<KeyRotation>().StatusAsync(cancellationToken))
                {
                    Write($"{rows.What,-26} {rows.KeyId,-8:x8}  {Name(rows.State),-11} {rows.Count,10}");
                }
            },
            cancellationToken));
        return command;
    }

    private static Command Rotate()
    {
        var file = new Option<FileInfo?>("--new-key-file") { Description = "A file, closed to others, with the new key in base64; otherwise a random key is made." };
        var command = new Command(
            "rotate",
            "Put a new master key in force and seal everything anew by it, beside running servers or without. What was stopped goes on when it is run again.")
        {
            file,
        };
        command.SetAction((parsed, cancellationToken) => CommandServices.RunAsync(
            services => RotateAsync(services.GetRequiredService<MasterKeys>(), services.GetRequiredService<KeyRotation>(), parsed.GetValue(file)?.FullName, cancellationToken),
            cancellationToken));
        return command;
    }

    private static async Task RotateAsync(MasterKeys keys, KeyRotation rotation, string? newKeyFile, CancellationToken cancellationToken)
    {
        var unfinished = (await rotation.StatusAsync(cancellationToken)).Any(rows => rows.State == KeyState.Old);
        if (newKeyFile is not null || !unfinished)
        {
            var key = keys.Rotate(newKeyFile);
            Write($"Key {key.KeyId:x8} is in force. The key before is kept in {MasterKeys.OldFileName} beside it.");
        }
        else
        {
            Write($"Going on: what old keys sealed is sealed anew by key {keys.Current.KeyId:x8}, which is in force.");
        }

        var unreadable = await rotation.RunAsync(new Counter(), cancellationToken);
        if (unreadable.Count > 0)
        {
            throw new StartupException(
                $"These rows do not open and stay as they are, because they were changed or moved: {string.Join(", ", unreadable.Take(20).Select(row => $"{row.Table} {row.Id}"))}{(unreadable.Count > 20 ? " and others" : "")}. Restore them from a backup or delete them.");
        }

        if ((await rotation.StatusAsync(cancellationToken)).FirstOrDefault(rows => rows.State == KeyState.Missing) is { } missing)
        {
            throw new StartupException(
                FormattableString.Invariant($"{missing.Count} {missing.What} are sealed by key {missing.KeyId:x8}, which nobody gave: put it into FACEID_KEY_OLD and run this again."));
        }

        Write($"Everything is sealed by key {keys.Current.KeyId:x8}. Old keys are needed for backups from before only: take them away when there are none.");
    }

    private static string Name(KeyState state) => state switch
    {
        KeyState.None => "not sealed",
        KeyState.InForce => "in force",
        KeyState.Old => "old",
        _ => "not given",
    };

    private static void Write(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));

    /// <summary>Counts on standard error. Not by <see cref="Progress{T}"/>, which reports in its own time.</summary>
    private sealed class Counter : IProgress<RotationProgress>
    {
        public void Report(RotationProgress value) =>
            Console.Error.WriteLine(FormattableString.Invariant($"{value.What}: {value.Done} of {value.All}"));
    }
}
