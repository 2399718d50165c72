using FaceId.Application.Recognition;
using FaceId.Domain.Recognition;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Recognition;

/// <summary>The tables that FaceId comes with, made by <c>faceid accuracy --calibrate</c>, and the installation's own in the place of one of them.</summary>
internal sealed class InstalledCalibrations : ICalibrations
{
    private const string Setting = "FaceId:Calibration";
    private const string Prefix = "Calibrations/";
    private const string Suffix = ".json";
    private const int MaxLength = 4 * 1024 * 1024;

    private readonly Dictionary<string, Lazy<Calibration>> _byModel;

    private InstalledCalibrations(Dictionary<string, Lazy<Calibration>> byModel) => _byModel = byModel;

    /// <exception cref="StartupException">The setting names a file that is no calibration of a model of this FaceId.</exception>
    public static InstalledCalibrations Load(IConfiguration configuration)
    {
        var assembly = typeof(InstalledCalibrations).Assembly;
        var byModel = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(name => name[Prefix.Length..^Suffix.Length], name => new Lazy<Calibration>(() => ReadShipped(name)));

        if (configuration[Setting] is { Length: > 0 } path)
        {
            var own = ReadOwn(Path.GetFullPath(path));
            if (!byModel.ContainsKey(own.Model))
            {
                throw new StartupException(
                    $"{Setting}: {path} is for the model '{own.Model}', which this FaceId does not use; it uses {string.Join(", ", byModel.Keys.Order(StringComparer.Ordinal))}. Make one with 'faceid accuracy --people FOLDER --calibrate FILE', or leave the setting out.");
            }

            byModel[own.Model] = new Lazy<Calibration>(own);
        }

        return new InstalledCalibrations(byModel);
    }

    public Calibration? For(string model) => _byModel.GetValueOrDefault(model)?.Value;

    private static Calibration ReadShipped(string name)
    {
        using var stream = typeof(InstalledCalibrations).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var read = CalibrationFile.Read(bytes);
        return read.IsError ? throw new InvalidOperationException($"{name}: {read.FirstError.Description}") : read.Value;
    }

    private static Calibration ReadOwn(string path)
    {
        byte[] bytes;
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaxLength)
            {
                throw new StartupException($"{Setting}: {path} is no calibration, it has {file.Length} bytes. Name a file that 'faceid accuracy --calibrate FILE' made.");
            }

            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{Setting}: {path} cannot be read: {exception.Message} Name a file that 'faceid accuracy --calibrate FILE' made, or leave the setting out.", exception);
        }

        var read = CalibrationFile.Read(bytes);
        return read.IsError
            ? throw new StartupException($"{Setting}: {path} is no calibration: {read.FirstError.Description} Make it anew with 'faceid accuracy --people FOLDER --calibrate FILE', or leave the setting out.")
            : read.Value;
    }
}
