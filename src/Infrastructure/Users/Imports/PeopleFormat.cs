namespace FaceId.Infrastructure.Users.Imports;

/// <summary>How people are written down in one stream.</summary>
public enum PeopleFormat
{
    Jsonl,
    Csv,
}
