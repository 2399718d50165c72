using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using FaceId.Domain.Faces;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>
/// Samples of photos that were read before, in a file that only its owner can read: they are biometric data. A photo that changed since
/// is read again.
/// </summary>
public sealed class SampleCache
{
    private const string Format = "faceid-samples/2";

    /// <summary>Without the photos' quality: they are read again.</summary>
    private const string OldFormat = "faceid-samples/1";

    private readonly ConcurrentDictionary<(string File, string Model, bool NearestCentre), Entry> _entries = [];
    private readonly string _path;

    private SampleCache(string path) => _path = path;

    private sealed record Entry(long Length, long Changed, string? Refusal, float[]? Vector, double? Quality, string? QualityBand);

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is something else; it is left alone.</exception>
    public static SampleCache Open(string path)
    {
        var cache = new SampleCache(path);
        if (!File.Exists(path))
        {
            return cache;
        }

        using var reader = new BinaryReader(File.OpenRead(path));
        try
        {
            switch (reader.BaseStream.Length < Format.Length ? "" : reader.ReadString())
            {
                case Format:
                    break;
                case OldFormat:
                    return cache;
                default:
                    throw new InvalidDataException($"{path} holds no samples; name another file.");
            }

            for (var count = reader.ReadInt32(); count > 0; count--)
            {
                var key = (reader.ReadString(), reader.ReadString(), reader.ReadBoolean());
                cache._entries[key] = new Entry(
                    reader.ReadInt64(), reader.ReadInt64(), ReadText(reader), ReadVector(reader), reader.ReadBoolean() ? reader.ReadDouble() : null, ReadText(reader));
            }
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDataException($"{path} ends too early; delete it.");
        }

        return cache;
    }

    /// <summary>Writes everything to the file, whole or not at all.</summary>
    public void Save()
    {
        var draft = $"{_path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new BinaryWriter(new FileStream(draft, options)))
        {
            writer.Write(Format);
            writer.Write(_entries.Count);
            foreach (var (key, entry) in _entries)
            {
                writer.Write(key.File);
                writer.Write(key.Model);
                writer.Write(key.NearestCentre);
                writer.Write(entry.Length);
                writer.Write(entry.Changed);
                WriteText(writer, entry.Refusal);
                writer.Write(entry.Vector?.Length ?? 0);
                writer.Write(MemoryMarshal.AsBytes(entry.Vector.AsSpan()));
                writer.Write(entry.Quality.HasValue);
                if (entry.Quality is { } quality)
                {
                    writer.Write(quality);
                }

                WriteText(writer, entry.QualityBand);
            }
        }

        File.Move(draft, _path, overwrite: true);
    }

    internal SampledPhoto? Find(KnownPhoto photo, string model, bool nearestCentre)
    {
        var file = new FileInfo(photo.File);
        if (!_entries.TryGetValue((file.FullName, model, nearestCentre), out var entry) || entry.Length != file.Length || entry.Changed != file.LastWriteTimeUtc.Ticks)
        {
            return null;
        }

        var sample = entry.Vector is null ? null : new FaceSample(photo.Person, new FaceVector(model, entry.Vector), entry.Quality, entry.QualityBand);
        return new SampledPhoto(photo, entry.Refusal, sample);
    }

    internal void Add(SampledPhoto photo, string model, bool nearestCentre)
    {
        var file = new FileInfo(photo.Photo.File);
        _entries[(file.FullName, model, nearestCentre)] = new Entry(
            file.Length, file.LastWriteTimeUtc.Ticks, photo.Refusal, photo.Sample?.Vector.Values.ToArray(), photo.Sample?.Quality, photo.Sample?.QualityBand);
    }

    private static string? ReadText(BinaryReader reader) => reader.ReadString() is { Length: > 0 } text ? text : null;

    private static void WriteText(BinaryWriter writer, string? text) => writer.Write(text ?? "");

    private static float[]? ReadVector(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        if (length is < 0 or > 65_536)
        {
            throw new InvalidDataException("The file of samples is damaged; delete it.");
        }

        var values = new float[length];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return length == 0 ? null : values;
    }
}
