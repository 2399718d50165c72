namespace FaceId.Domain.Common;

/// <summary>Settings of one subject that somebody changed while the service ran. There is no row until then.</summary>
public sealed class StoredSetting
{
    private StoredSetting(string name, string value)
    {
        Name = name;
        Value = value;
    }

    public string Name { get; private set; }

    /// <summary>JSON, as the module that the subject belongs to writes it.</summary>
    public string Value { get; private set; }

    /// <summary>1 for the first change, one more for each that follows.</summary>
    public int Version { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>The account that made the last change; null for the console and for one that was erased.</summary>
    public int? UpdatedBy { get; private set; }

    public static StoredSetting Create(string name, string value, int? by, DateTimeOffset now)
    {
        var setting = new StoredSetting(name, value);
        setting.Change(value, by, now);
        return setting;
    }

    public void Change(string value, int? by, DateTimeOffset now)
    {
        Value = value;
        Version++;
        UpdatedAt = now;
        UpdatedBy = by;
    }
}
