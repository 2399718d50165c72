using System.CommandLine;
using FaceId.Web.Startup;

namespace FaceId.Web.Commands;

internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Run the server (what 'faceid' alone does).");
        MakeDefault(command);
        return command;
    }

    /// <summary>Gives a command the server's options and action.</summary>
    public static void MakeDefault(Command command)
    {
        var noMigrate = new Option<bool>("--no-migrate") { Description = "Leave the database schema alone; stop when it is not up to date." };
        command.Options.Add(noMigrate);
        command.SetAction((parsed, cancellationToken) =>
            Server.RunAsync(new ServeOptions(Migrate: !parsed.GetValue(noMigrate)), cancellationToken));
    }
}
