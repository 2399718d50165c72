namespace FaceId.Infrastructure.Persistence;

/// <summary>The keys of our PostgreSQL advisory locks, in one place so that no two mean the same thing.</summary>
internal static class AdvisoryLocks
{
    public const long Migrations = 0x46414345_00000001;
    public const long Administrators = 0x46414345_00000002;
    public const long LogPartitions = 0x46414345_00000003;
    public const long SigningKeys = 0x46414345_00000004;
    public const long KeyRotation = 0x46414345_00000005;
    public const long Retention = 0x46414345_00000006;
    public const long Settings = 0x46414345_00000007;
    public const long FaceVectors = 0x46414345_00000008;
    public const long Enrolments = 0x46414345_00000020;
    public const long Import = 0x46414345_00000034;
}
