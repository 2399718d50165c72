using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Users;
using FaceId.Application.Users.Imports;
using FaceId.Domain.Faces;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>
/// One import at work. Each batch looks up whom it tells of, decides in memory, and writes with binary COPY what is new, in one
/// transaction with how far the source has come: so an import that was killed goes on exactly where it stopped.
/// </summary>
internal sealed class PeopleImport(
    NpgsqlConnection connection, string? source, ImportOptions options, ITemplateVault vault, AccountOptions accounts, ICaller caller, TimeProvider time) : IPeopleImport
{
    /// <summary>How often somebody else may have been faster with an address of the same batch.</summary>
    private const int Tries = 5;

    public long Done { get; private set; }

    public ImportCounts Counts { get; private set; } = new(0, 0, 0, 0, 0);

    /// <summary>Finds how far an earlier run of the same source has come.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (options.Resume && source is not null)
        {
            await using var command = Command("SELECT done FROM imports WHERE source = $1", source);
            Done = await command.ExecuteScalarAsync(cancellationToken) as long? ?? 0;
        }
    }

    public async Task<IReadOnlyList<ImportRefusal>> WriteAsync(PeopleBatch batch, CancellationToken cancellationToken)
    {
        for (var left = Tries; ; left--)
        {
            try
            {
                return await TryWriteAsync(batch, cancellationToken);
            }
            catch (PostgresException exception) when (left > 1
                && exception.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.DeadlockDetected)
            {
                // Somebody registered, or was erased, between the look and the writing.
            }
        }
    }

    public async Task<IReadOnlyDictionary<string, int>> FindAsync(IReadOnlyList<string> addresses, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, int>();
        await using var command = Command("SELECT lower(email), id FROM users WHERE lower(email) = ANY ($1)", (object)addresses.ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found[reader.GetString(0)] = reader.GetInt32(1);
        }

        return found;
    }

    public async Task NoteAsync(long done, CancellationToken cancellationToken)
    {
        if (source is not null)
        {
            await using var command = Command(
                "INSERT INTO imports (source, done, updated_at) VALUES ($1, $2, $3) ON CONFLICT (source) DO UPDATE SET done = excluded.done, updated_at = excluded.updated_at",
                source, done, time.GetUtcNow());
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (source is not null)
        {
            await using var command = Command("DELETE FROM imports WHERE source = $1", source);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (connection.State == System.Data.ConnectionState.Open)
        {
            await using var command = Command("SELECT pg_advisory_unlock($1)", AdvisoryLocks.Import);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }

        await connection.DisposeAsync();
    }

    private async Task<IReadOnlyList<ImportRefusal>> TryWriteAsync(PeopleBatch batch, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var plan = new ImportPlan(options, accounts.RequireConsent);
        await FindPeopleAsync(plan, batch, cancellationToken);
        await FindConsentsAsync(plan, cancellationToken);
        await FindFacesAsync(plan, cancellationToken);
        foreach (var entry in batch.Entries)
        {
            plan.Take(entry);
        }

        if (!options.DryRun && !(options.Strict && plan.Refusals.Count > 0))
        {
            await WriteAsync(plan, cancellationToken);
            await NoteAsync(batch.Through, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        Counts = new ImportCounts(
            Counts.Entries + batch.Entries.Count, Counts.People + plan.NewPeople, Counts.Faces + plan.NewFaces, Counts.Known + plan.KnownFaces, Counts.Refused + plan.Refusals.Count);
        return plan.Refusals;
    }

    private async Task FindPeopleAsync(ImportPlan plan, PeopleBatch batch, CancellationToken cancellationToken)
    {
        var addresses = batch.Entries.Where(entry => !entry.Person.IsError).Select(entry => entry.Person.Value.Email.Value).Distinct().ToArray();

        // Held until the batch is written: nobody is erased, withdraws or enrols meanwhile.
        await using var command = Command(
            $"SELECT id, lower(email), name, role FROM users WHERE lower(email) = ANY ($1) ORDER BY id {(options.DryRun ? "" : "FOR NO KEY UPDATE")}", (object)addresses);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            plan.Found(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), SnakeCaseEnum<Role>.Read(reader.GetString(3)));
        }
    }

    private async Task FindConsentsAsync(ImportPlan plan, CancellationToken cancellationToken)
    {
        if ((accounts.RequireConsent == ConsentRule.Off && options.Consent == ImportConsent.None) || plan.FoundIds.Length == 0)
        {
            return;
        }

        await using var command = Command(
            """
            SELECT user_id, bool_or(withdrawn_at IS NULL), coalesce(bool_or(withdrawn_at IS NULL AND version = $2 AND way <> 'attestation'), false),
                coalesce(bool_or(withdrawn_at IS NULL AND version = $2 AND way = 'attestation'), false)
            FROM consents WHERE user_id = ANY ($1) GROUP BY user_id
            """,
            plan.FoundIds, accounts.ConsentVersion);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            plan.FoundConsent(reader.GetInt32(0), isWithdrawn: !reader.GetBoolean(1), isGiven: reader.GetBoolean(2), isAttested: reader.GetBoolean(3));
        }
    }

    private async Task FindFacesAsync(ImportPlan plan, CancellationToken cancellationToken)
    {
        if (plan.FoundIds.Length == 0)
        {
            return;
        }

        var rows = new List<(int UserId, byte[] Encoding, string Model)>();
        await using (var command = Command("SELECT user_id, encoding, model FROM faces WHERE user_id = ANY ($1)", plan.FoundIds))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add((reader.GetInt32(0), reader.GetFieldValue<byte[]>(1), reader.GetString(2)));
            }
        }

        foreach (var (userId, encoding, model) in rows)
        {
            plan.FoundFace(userId, model == FaceModels.Dlib ? Open(encoding, userId) : null);
        }
    }

    /// <returns>Null for one that does not open: it counts, and is nobody's equal.</returns>
    private FaceVector? Open(byte[] encoding, int userId)
    {
        try
        {
            return vault.OpenEncoding(encoding, FaceModels.Dlib, userId);
        }
        catch (TemplateUnreadableException)
        {
            return null;
        }
    }

    private async Task WriteAsync(ImportPlan plan, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUniversalTime();
        if (plan.Newcomers.Count > 0)
        {
            await NumberAsync(plan.Newcomers, cancellationToken);
        }

        // While the database takes the accounts.
        var sealing = Task.Run(
            () => vault.Seal([.. plan.Additions.Select(addition => (addition.Face.Opinions, addition.Account.Id))], cancellationToken), cancellationToken);
        try
        {
            if (plan.Newcomers.Count > 0)
            {
                await WritePeopleAsync(plan.Newcomers, now, cancellationToken);
            }
        }
        finally
        {
            await ((Task)sealing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (plan.Additions.Count > 0)
        {
            await WriteFacesAsync(plan.Additions, await sealing, now, cancellationToken);
        }

        await WriteConsentsAsync([.. plan.WithFaces.Where(account => account.NeedsConsent(options.Consent))], now, cancellationToken);
    }

    /// <summary>Draws the ids ahead, since a face is sealed for one.</summary>
    private async Task NumberAsync(IReadOnlyList<ImportAccount> newcomers, CancellationToken cancellationToken)
    {
        await using var command = Command("SELECT nextval(sequence)::integer FROM (SELECT pg_get_serial_sequence('users', 'id')::regclass AS sequence OFFSET 0) AS users, generate_series(1, $1)", newcomers.Count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        foreach (var newcomer in newcomers)
        {
            await reader.ReadAsync(cancellationToken);
            newcomer.Id = reader.GetInt32(0);
        }
    }

    private async Task WritePeopleAsync(IReadOnlyList<ImportAccount> newcomers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var writer = await connection.BeginBinaryImportAsync(
            "COPY users (id, email, name, hashed_password, is_active, is_verified, mfa_enabled, mfa_setup_required, role, created_at, updated_at) FROM STDIN (FORMAT BINARY)",
            cancellationToken);
        var role = SnakeCaseEnum<Role>.Write(Role.User);
        foreach (var account in newcomers)
        {
            var person = account.Person!;
            await writer.StartRowAsync(cancellationToken);
            await writer.WriteAsync(account.Id, NpgsqlDbType.Integer, cancellationToken);
            await writer.WriteAsync(person.Email.Value, NpgsqlDbType.Varchar, cancellationToken);
            await writer.WriteAsync(account.Name, NpgsqlDbType.Varchar, cancellationToken);
            await writer.WriteAsync(StoredHash.None, NpgsqlDbType.Varchar, cancellationToken);
            await writer.WriteAsync(person.IsActive, NpgsqlDbType.Boolean, cancellationToken);
            await writer.WriteAsync(person.IsVerified, NpgsqlDbType.Boolean, cancellationToken);
            await writer.WriteAsync(value: false, NpgsqlDbType.Boolean, cancellationToken);
            await writer.WriteAsync(value: false, NpgsqlDbType.Boolean, cancellationToken);
            await writer.WriteAsync(role, NpgsqlDbType.Varchar, cancellationToken);
            await writer.WriteAsync(person.CreatedAt ?? now, NpgsqlDbType.TimestampTz, cancellationToken);
            await writer.WriteAsync(now, NpgsqlDbType.TimestampTz, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    private async Task WriteFacesAsync(
        IReadOnlyList<(ImportAccount Account, ImportedFace Face)> additions, SealedFace[] faces, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var writer = await connection.BeginBinaryImportAsync(
            "COPY faces (user_id, encoding, model, second_encoding, second_model, template, template_model, self_enrolled, created_at, updated_at) FROM STDIN (FORMAT BINARY)",
            cancellationToken);
        for (var i = 0; i < faces.Length; i++)
        {
            var face = faces[i];
            await writer.StartRowAsync(cancellationToken);
            await writer.WriteAsync(additions[i].Account.Id, NpgsqlDbType.Integer, cancellationToken);
            await writer.WriteAsync(face.Encoding, NpgsqlDbType.Bytea, cancellationToken);
            await writer.WriteAsync(face.Model, NpgsqlDbType.Varchar, cancellationToken);
            await WriteVectorAsync(writer, face.Second, cancellationToken);
            await WriteVectorAsync(writer, face.Template, cancellationToken);
            await writer.WriteAsync(value: false, NpgsqlDbType.Boolean, cancellationToken);
            await writer.WriteAsync(additions[i].Face.CreatedAt?.ToUniversalTime() ?? now, NpgsqlDbType.TimestampTz, cancellationToken);
            await writer.WriteAsync(now, NpgsqlDbType.TimestampTz, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    private static async Task WriteVectorAsync(NpgsqlBinaryImporter writer, SealedVector? vector, CancellationToken cancellationToken)
    {
        if (vector is null)
        {
            await writer.WriteNullAsync(cancellationToken);
            await writer.WriteNullAsync(cancellationToken);
            return;
        }

        await writer.WriteAsync(vector.Sealed, NpgsqlDbType.Bytea, cancellationToken);
        await writer.WriteAsync(vector.Model, NpgsqlDbType.Varchar, cancellationToken);
    }

    private async Task WriteConsentsAsync(ImportAccount[] newly, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (newly.Length == 0)
        {
            return;
        }

        await using var command = Command(
            """
            INSERT INTO consents (user_id, version, way, recorded_by, api_key_id, ip_address, given_at)
            SELECT id, $2, $3, $4, $5, $6, $7 FROM unnest($1) AS id
            """,
            newly.Select(account => account.Id).ToArray(),
            accounts.ConsentVersion,
            SnakeCaseEnum<ConsentWay>.Write(options.Consent == ImportConsent.Recorded ? ConsentWay.Recorded : ConsentWay.Attestation));
        command.Parameters.Add(new NpgsqlParameter { Value = caller.UserId ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        command.Parameters.Add(new NpgsqlParameter { Value = caller.ApiKey?.KeyId ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        command.Parameters.Add(new NpgsqlParameter { Value = caller.IpAddress ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter { Value = now });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
