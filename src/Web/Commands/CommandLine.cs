using System.CommandLine;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;

namespace FaceId.Web.Commands;

/// <summary>The command line <c>faceid</c>. Without a command it serves.</summary>
internal static class CommandLine
{
    /// <summary>How long what was interrupted may take to end properly: the photo at hand, the database of its own.</summary>
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("FaceId enrols, verifies and identifies faces. Without a command it runs the server.")
        {
            ServeCommand.Create(),
            DbCommands.Create(),
            AccuracyCommand.Create(),
            RetentionCommand.Create(),
            KeysCommands.Create(),
            UsersCommand.Create(),
            SettingsCommand.Create(),
            ImportCommand.Create(),
            ReencodeCommand.Create(),
            ExportCommand.Create(),
        };
        ServeCommand.MakeDefault(root);
        ExampledCommand.ShowExamples(root);

        try
        {
            DotEnv.Load();
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = Ending });
        }
        catch (Exception exception) when (Explain(exception) is { } sentence)
        {
            await Console.Error.WriteLineAsync($"faceid: {sentence}");
            return exception is RefusedException refused ? refused.ExitCode : 1;
        }
    }

    /// <summary>What an operator can mend is told in one line; anything else is a bug and keeps its stack trace.</summary>
    private static string? Explain(Exception exception) => exception switch
    {
        StartupException or UnknownMigrationException or RefusedException => exception.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } =>
            $"{exception.Message} Another program listens there; give another address with ASPNETCORE_URLS.",
        OperationCanceledException => "stopped.",
        _ => null,
    };
}
