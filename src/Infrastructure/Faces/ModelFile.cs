using FaceId.Infrastructure.Configuration;

namespace FaceId.Infrastructure.Faces;

/// <summary>Reads a file of the models folder, and says what to do when it cannot be read.</summary>
internal static class ModelFile
{
    /// <exception cref="StartupException">The file is missing or damaged; the message says how to get it.</exception>
    public static Task<T> LoadAsync<T>(string folder, string name, Func<byte[], T> read, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                throw new StartupException($"The face model '{path}' is missing. Run build/models.sh, or set FACEID_MODELS to its folder.");
            }

            try
            {
                return read(File.ReadAllBytes(path));
            }
            catch (InvalidDataException exception)
            {
                throw new StartupException($"The face model '{path}' is damaged: {exception.Message} Delete it and run build/models.sh.", exception);
            }
        },
        cancellationToken);
}
