using ErrorOr;
using FaceId.Application.Faces;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>Turns photos into samples the way enrolment does: one that does not show exactly one face is refused.</summary>
/// <param name="model">The model whose vectors are compared; the only place that picks one.</param>
/// <param name="nearestCentre">Whether a photo of several faces gives the one nearest to its centre as well.</param>
public sealed class SampleReader(IFaceEngine engine, string model, bool nearestCentre)
{
    /// <param name="cache">What is already known, and where what is new is kept; null to keep nothing.</param>
    /// <param name="done">Told the number of photos done so far.</param>
    /// <returns>In the order of the files' names; or an error when the engine has no such model.</returns>
    public async Task<ErrorOr<IReadOnlyList<SampledPhoto>>> ReadAsync(
        IReadOnlyList<KnownPhoto> photos, SampleCache? cache, IProgress<int> done, CancellationToken cancellationToken)
    {
        var results = new SampledPhoto[photos.Count];
        var count = 0;
        Error? wrong = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop.Token };
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, photos.Count), options, async (index, token) =>
            {
                var photo = photos[index];
                if (cache?.Find(photo, model, nearestCentre) is { } known)
                {
                    results[index] = known;
                }
                else
                {
                    var read = await ReadAsync(photo, token);
                    if (read.IsError)
                    {
                        wrong = read.FirstError;
                        await stop.CancelAsync();
                        return;
                    }

                    results[index] = read.Value;
                    cache?.Add(results[index], model, nearestCentre);
                }

                done.Report(Interlocked.Increment(ref count));
            });
        }
        catch (OperationCanceledException) when (wrong is not null)
        {
            return wrong.Value;
        }

        return wrong is { } error ? error : results.OrderBy(result => result.Photo.File, StringComparer.Ordinal).ToArray();
    }

    private async Task<ErrorOr<SampledPhoto>> ReadAsync(KnownPhoto photo, CancellationToken cancellationToken)
    {
        var bytes = await File.ReadAllBytesAsync(photo.File, cancellationToken);
        var analysed = await engine.AnalyseAsync(bytes, new AnalysisOptions(Encode: EncodeFaces.WhenSingle), cancellationToken);
        if (analysed.IsError)
        {
            return new SampledPhoto(photo, analysed.FirstError.Code, Sample: null);
        }

        switch (analysed.Value.Faces)
        {
            case []:
                return new SampledPhoto(photo, "no_face", Sample: null);
            case [var face]:
                return Sample(photo, face) is { } sample ? new SampledPhoto(photo, Refusal: null, sample) : Unknown();
            case var _ when !nearestCentre:
                return new SampledPhoto(photo, "several_faces", Sample: null);
        }

        var all = await engine.AnalyseAsync(bytes, new AnalysisOptions(Encode: EncodeFaces.All), cancellationToken);
        if (all.IsError)
        {
            return new SampledPhoto(photo, all.FirstError.Code, Sample: null);
        }

        var nearest = all.Value.Faces.MinBy(face => FromCentre(face.Box, all.Value));
        return Sample(photo, nearest!) is { } central ? new SampledPhoto(photo, "several_faces", central) : Unknown();
    }

    private Error Unknown() => Error.NotFound("model_unknown", $"The engine makes no vectors of the model '{model}'.");

    private FaceSample? Sample(KnownPhoto photo, DetectedFace face) =>
        face.Opinions?.Of(model) is { } vector ? new FaceSample(photo.Person, vector, face.Quality.Score, Band(face.Quality)) : null;

    /// <summary>Why enrolment would refuse the photo, or else how good it is.</summary>
    private static string Band(FaceQuality face) => QualityLimits.ForEnrolment.CrossedBy(face) is [var crossed, ..]
        ? crossed.Code
        : face.Score switch
        {
            < 0.8 => "below 0.8",
            < 0.9 => "0.8 to 0.9",
            _ => "0.9 and more",
        };

    private static double FromCentre(FaceBox box, PhotoAnalysis photo)
    {
        var (x, y) = (box.X + box.Width / 2.0 - photo.Width / 2.0, box.Y + box.Height / 2.0 - photo.Height / 2.0);
        return x * x + y * y;
    }
}
