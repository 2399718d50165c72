using System.CommandLine;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceId.Web.Commands;

/// <summary><c>faceid db</c>: the schema, by hand.</summary>
internal static class DbCommands
{
    public static Command Create() => new("db", "Look after the database schema.")
    {
        Migrate(),
        Rollback(),
        Status(),
        Script(),
    };

    private static Command Migrate()
    {
        var command = new Command("migrate", "Apply the migrations that the database lacks.");
        command.SetAction((_, cancellationToken) => WithSchemaAsync(
            async schema => Report("Applied", await schema.MigrateAsync(cancellationToken), "The database is up to date."), cancellationToken));
        return command;
    }

    private static Command Rollback()
    {
        var to = new Option<string?>("--to") { Description = "The migration to end at, as 'faceid db status' names it; 0 for an empty database." };
        var one = new Option<bool>("-1") { Description = "Take back the newest migration only (the default)." };
        var command = new Command("rollback", "Take back migrations, newest first. Tables and columns they made are dropped with their data.") { to, one };
        command.Validators.Add(result =>
        {
            if (result.GetValue(to) is not null && result.GetValue(one))
            {
                result.AddError("Give either --to NAME or -1.");
            }
        });
        command.SetAction((parsed, cancellationToken) => WithSchemaAsync(
            async schema => Report("Took back", await schema.RollbackAsync(parsed.GetValue(to), cancellationToken), "There was nothing to take back."),
            cancellationToken));
        return command;
    }

    private static Command Status()
    {
        var command = new Command("status", "List the migrations and whether the database has them.");
        command.SetAction((_, cancellationToken) => WithSchemaAsync(
            async schema =>
            {
                foreach (var migration in await schema.StatusAsync(cancellationToken))
                {
                    var state = migration switch { { Known: false } => "unknown", { Applied: true } => "applied", _ => "missing" };
                    Console.WriteLine($"{state,-8} {migration.Name}");
                }
            },
            cancellationToken));
        return command;
    }

    private static Command Script()
    {
        var command = new Command("script", "Print the SQL of all migrations; it can be run on any version of the database.");
        command.SetAction(_ => Console.WriteLine(Database.Script()));
        return command;
    }

    private static async Task WithSchemaAsync(Func<SchemaMigrator, Task> work, CancellationToken cancellationToken)
    {
        var settings = FaceIdSettings.Load(CommandConfiguration.Load());
        await using var database = await Database.OpenAsync(settings, EmbeddedPostgresUse.Command, NullLoggerFactory.Instance, cancellationToken);
        await database.CheckAsync(cancellationToken);
        await database.WithSchemaAsync(work);
    }

    private static void Report(string verb, IReadOnlyList<string> migrations, string nothing)
    {
        foreach (var migration in migrations)
        {
            Console.WriteLine($"{verb} {migration}");
        }

        if (migrations.Count == 0)
        {
            Console.WriteLine(nothing);
        }
    }
}
