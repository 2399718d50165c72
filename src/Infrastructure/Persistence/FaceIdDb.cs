using FaceId.Application.Common;
using FaceId.Domain.Common;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using FaceId.Domain.Recognition.Liveness;
using FaceId.Domain.Reports;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace FaceId.Infrastructure.Persistence;

internal sealed class FaceIdDb(DbContextOptions<FaceIdDb> options) : DbContext(options), IFaceIdDb
{
    private const string Varchar = "character varying";

    public DbSet<User> Users => Set<User>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<RefreshToken> RefreshTokens => Set<RefreshToken>();

    public DbSet<OneTimeToken> OneTimeTokens => Set<OneTimeToken>();

    public DbSet<RecoveryCode> RecoveryCodes => Set<RecoveryCode>();

    public DbSet<Passkey> Passkeys => Set<Passkey>();

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<Consent> Consents => Set<Consent>();

    public DbSet<SecurityEvent> SecurityEvents => Set<SecurityEvent>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    public DbSet<FaceEncoding> Faces => Set<FaceEncoding>();

    public DbSet<RecognitionLog> RecognitionLogs => Set<RecognitionLog>();

    public DbSet<LivenessSession> LivenessSessions => Set<LivenessSession>();

    public DbSet<Report> Reports => Set<Report>();

    public DbSet<OutgoingMail> OutgoingMails => Set<OutgoingMail>();

    public DbSet<StoredSetting> Settings => Set<StoredSetting>();

    /// <summary>Set while a transaction holds new mails, which can leave when it commits.</summary>
    internal bool HasNewMails { get; set; }

    /// <summary>
    /// New mails are inserted beside what EF saves, because an event that already has its mail must not fail the transaction
    /// that tells of it once more.
    /// </summary>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        var mails = OutgoingMailRows.TakeNew(ChangeTracker);
        if (mails.Count == 0)
        {
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        }

        await using var own = Database.CurrentTransaction is null ? await BeginTransactionAsync(cancellationToken) : null;
        int saved;
        try
        {
            saved = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        }
        catch
        {
            OutgoingMails.AddRange(mails);
            throw;
        }

        var inserted = await OutgoingMailRows.InsertAsync(Database, mails, cancellationToken);
        HasNewMails |= inserted > 0;
        if (own is not null)
        {
            await own.CommitAsync(cancellationToken);
        }

        return saved + inserted;
    }

    public async Task<bool> TrySaveUniqueAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException exception)
            when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // What could not be saved must not be tried again with the next change; a transaction goes on from before it.
            ChangeTracker.Clear();
            return false;
        }
    }

    public Task<IDbContextTransaction> BeginTransactionAsync(CancellationToken cancellationToken) =>
        Database.BeginTransactionAsync(cancellationToken);

    public async Task<bool> LockUserAsync(int userId, CancellationToken cancellationToken)
    {
        var locked = await Database
            .SqlQuery<int>($"SELECT id AS \"Value\" FROM users WHERE id = {userId} FOR NO KEY UPDATE")
            .ToListAsync(cancellationToken);
        return locked.Count == 1;
    }

    public async Task<bool> LockUserForErasureAsync(int userId, CancellationToken cancellationToken)
    {
        var locked = await Database
            .SqlQuery<int>($"SELECT id AS \"Value\" FROM users WHERE id = {userId} FOR UPDATE")
            .ToListAsync(cancellationToken);
        return locked.Count == 1;
    }

    public async Task<bool> LockSessionAsync(Guid sessionId, CancellationToken cancellationToken)
    {
        var locked = await Database
            .SqlQuery<Guid>($"SELECT id AS \"Value\" FROM sessions WHERE id = {sessionId} FOR UPDATE")
            .ToListAsync(cancellationToken);
        return locked.Count == 1;
    }

    public async Task<bool> LockLivenessSessionAsync(Guid sessionId, CancellationToken cancellationToken)
    {
        var locked = await Database
            .SqlQuery<Guid>($"SELECT id AS \"Value\" FROM liveness_sessions WHERE id = {sessionId} FOR UPDATE")
            .ToListAsync(cancellationToken);
        return locked.Count == 1;
    }

    public async Task<bool> LockFaceAsync(int faceId, CancellationToken cancellationToken)
    {
        var locked = await Database
            .SqlQuery<int>($"SELECT id AS \"Value\" FROM faces WHERE id = {faceId} FOR NO KEY UPDATE")
            .ToListAsync(cancellationToken);
        return locked.Count == 1;
    }

    public Task<int> NextFaceIdAsync(CancellationToken cancellationToken) =>
        Database.SqlQuery<int>($"SELECT nextval(pg_get_serial_sequence('faces', 'id'))::integer AS \"Value\"").SingleAsync(cancellationToken);

    public Task LockEnrolmentsAsync(CancellationToken cancellationToken) =>
        Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdvisoryLocks.Enrolments})", cancellationToken);

    public Task LockAdministratorsAsync(CancellationToken cancellationToken) =>
        Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdvisoryLocks.Administrators})", cancellationToken);

    public Task LockSettingsAsync(CancellationToken cancellationToken) =>
        Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdvisoryLocks.Settings})", cancellationToken);

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(FaceIdDb).Assembly);

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<string>().HaveColumnType(Varchar);
        configurationBuilder.Properties<Role>().HaveConversion<SnakeCaseEnum<Role>>().HaveColumnType(Varchar);
        configurationBuilder.Properties<RecognitionAction>().HaveConversion<SnakeCaseEnum<RecognitionAction>>().HaveColumnType(Varchar);
        configurationBuilder.Properties<LivenessPurpose>().HaveConversion<SnakeCaseEnum<LivenessPurpose>>().HaveColumnType(Varchar);
        configurationBuilder.Properties<TokenPurpose>().HaveConversion<SnakeCaseEnum<TokenPurpose>>().HaveColumnType(Varchar);
        configurationBuilder.Properties<ConsentWay>().HaveConversion<SnakeCaseEnum<ConsentWay>>().HaveColumnType(Varchar);
        configurationBuilder.Properties<SecurityEventKind>().HaveConversion<SnakeCaseEnum<SecurityEventKind>>().HaveColumnType(Varchar);
        configurationBuilder.Properties<ReportType>().HaveConversion<SnakeCaseEnum<ReportType>>().HaveColumnType(Varchar);
        configurationBuilder.Properties<MailKind>().HaveConversion<SnakeCaseEnum<MailKind>>().HaveColumnType(Varchar);
    }
}
