using System.Runtime.CompilerServices;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Users;
using FaceId.Application.Users.Imports;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Persistence;
using Npgsql;

namespace FaceId.Infrastructure.Users.Imports;

internal sealed class PeopleStore(NpgsqlDataSource database, ITemplateVault vault, AccountOptions accounts, ICaller caller, TimeProvider time) : IPeopleStore
{
    private const int PeopleAtOnce = 2000;

    public async Task<IPeopleImport?> BeginAsync(string? source, ImportOptions options, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var guard = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection);
            guard.Parameters.Add(new NpgsqlParameter { Value = AdvisoryLocks.Import });
            if (await guard.ExecuteScalarAsync(cancellationToken) is true)
            {
                var import = new PeopleImport(connection, source, options, vault, accounts, caller, time);
                connection = null;
                await import.BeginAsync(cancellationToken);
                return import;
            }

            return null;
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
    }

    public async IAsyncEnumerable<ExportPeople.Person> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var (after, more) = (0, true); more;)
        {
            // No connection is kept while the people are written out.
            var people = new List<(int Id, ExportPeople.Person Person)>(PeopleAtOnce);
            ILookup<int, ExportPeople.Face?> faces;
            await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            {
                await ReadPeopleAsync(connection, after, people, cancellationToken);
                faces = await ReadFacesAsync(connection, [.. people.Select(row => row.Id)], cancellationToken);
            }

            foreach (var (id, person) in people)
            {
                yield return person with { Faces = [.. faces[id].OfType<ExportPeople.Face>()], UnreadableFaces = faces[id].Count(face => face is null) };
                after = id;
            }

            more = people.Count == PeopleAtOnce;
        }
    }

    private static async Task ReadPeopleAsync(
        NpgsqlConnection connection, int after, List<(int Id, ExportPeople.Person Person)> people, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT id, email, name, is_verified, is_active, created_at FROM users WHERE id > $1 ORDER BY id LIMIT $2", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = after });
        command.Parameters.Add(new NpgsqlParameter { Value = PeopleAtOnce });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            people.Add((reader.GetInt32(0), new ExportPeople.Person(
                reader.GetString(1), reader.GetString(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetFieldValue<DateTimeOffset>(5), [], 0)));
        }
    }

    /// <returns>Null in the place of a face that does not open.</returns>
    private async Task<ILookup<int, ExportPeople.Face?>> ReadFacesAsync(NpgsqlConnection connection, int[] ids, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT user_id, encoding, model, second_encoding, second_model, template, template_model, created_at
            FROM faces WHERE user_id = ANY ($1) ORDER BY id
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter { Value = ids });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var faces = new List<(int UserId, ExportPeople.Face? Face)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            faces.Add((reader.GetInt32(0), Open(reader)));
        }

        return faces.ToLookup(row => row.UserId, row => row.Face);
    }

    private ExportPeople.Face? Open(NpgsqlDataReader row)
    {
        var userId = row.GetInt32(0);
        try
        {
            return row.GetString(2) != FaceModels.Dlib ? null : new ExportPeople.Face(
                new FaceOpinions(
                    vault.OpenEncoding(row.GetFieldValue<byte[]>(1), FaceModels.Dlib, userId),
                    row.IsDBNull(3) || row.GetString(4) != FaceModels.Second ? null : vault.OpenSecond(row.GetFieldValue<byte[]>(3), FaceModels.Second, userId),
                    row.IsDBNull(5) || row.GetString(6) != FaceModels.Fused ? null : vault.OpenTemplate(row.GetFieldValue<byte[]>(5), userId)),
                row.GetFieldValue<DateTimeOffset>(7));
        }
        catch (TemplateUnreadableException)
        {
            return null;
        }
    }
}
