using FaceId.Application.Common;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using FaceId.Domain.Reports;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace FaceId.Infrastructure.Persistence;

internal sealed class FaceIdDb(DbContextOptions<FaceIdDb> options) : DbContext(options), IFaceIdDb
{
    private const string Varchar = "character varying";

    public DbSet<User> Users => Set<User>();

    public DbSet<FaceEncoding> Faces => Set<FaceEncoding>();

    public DbSet<RecognitionLog> RecognitionLogs => Set<RecognitionLog>();

    public DbSet<Report> Reports => Set<Report>();

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

    public Task LockAdministratorsAsync(CancellationToken cancellationToken) =>
        Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdvisoryLocks.Administrators})", cancellationToken);

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(FaceIdDb).Assembly);

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<string>().HaveColumnType(Varchar);
        configurationBuilder.Properties<Role>().HaveConversion<LowerCaseEnum<Role>>().HaveColumnType(Varchar);
        configurationBuilder.Properties<RecognitionAction>().HaveConversion<LowerCaseEnum<RecognitionAction>>().HaveColumnType(Varchar);
        configurationBuilder.Properties<ReportType>().HaveConversion<LowerCaseEnum<ReportType>>().HaveColumnType(Varchar);
    }
}
