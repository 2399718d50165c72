using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Imaging;
using FaceId.Infrastructure.Faces.Mobile;
using FaceId.Infrastructure.Faces.Quality;

namespace FaceId.Infrastructure.Faces;

/// <summary>The way of one decoded photo: scan, align, encode.</summary>
internal sealed unsafe class PhotoWork(
    FaceModelSet models, FaceWorkspace workspace, DecodedPhoto photo, StageWatch watch, CancellationToken cancellationToken)
{
    /// <summary>Five sixths, and a little for boxes that were rounded.</summary>
    private const double OneLevel = 0.84;

    /// <param name="longSide">Longer side to which the photo is reduced for the scan, when it is larger.</param>
    public PhotoAnalysis Run(AnalysisOptions options, int longSide, TimeSpan waited)
    {
        var image = Reduce(longSide);
        var toPhoto = Math.Max(photo.Width, photo.Height) / (double)Math.Max(image.Width, image.Height);
        var scanned = 0;
        var detections = options.Thorough
            ? models.Scanner.ScanAll(image, workspace.Scan, cancellationToken)
            : models.Scanner.ScanCoarseToFine(image, SmallestShare(options), workspace.Scan, cancellationToken, out scanned);
        if (detections.Count == 0 && !options.Thorough && 2 * Math.Max(image.Width, image.Height) <= longSide)
        {
            // Small photos of small faces: better compared, or refused with the reason, than called empty.
            image = Pixels.Double(image, workspace.Reduced);
            toPhoto /= 2;
            detections = models.Scanner.ScanCoarseToFine(image, SmallestShare(options), workspace.Scan, cancellationToken, out scanned);
        }

        watch.Detected();

        var encode = options.Encode == EncodeFaces.All || (options.Encode == EncodeFaces.WhenSingle && detections.Count == 1);
        var faces = new DetectedFace[detections.Count];
        for (var i = 0; i < faces.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            faces[i] = Describe(detections[i], image, toPhoto, encode, options);
        }

        var scanScale = PyramidLayout.WindowInImage(1, scanned);
        var scan = new ScanInfo(
            options.Thorough && toPhoto == 1,
            (int)Math.Round(Math.Max(image.Width, image.Height) / scanScale),
            (int)Math.Ceiling(models.Scanner.SmallestFace * scanScale * toPhoto));
        return new PhotoAnalysis(photo.Width, photo.Height, scan, faces, watch.Timings(waited));
    }

    /// <summary>
    /// Who wants all faces gets those of half the largest one's size too. Who wants one person is bothered only by bystanders of five
    /// sixths and more: one level of the pyramid deeper, where the largest face itself may score best.
    /// </summary>
    private static double SmallestShare(AnalysisOptions options) => options.Encode == EncodeFaces.WhenSingle ? OneLevel : 0.5;

    private DetectedFace Describe(Detection detection, PixelView image, double toPhoto, bool encode, AnalysisOptions options)
    {
        // Points and pixels are taken from the image with the most detail; without reduction that is the scanned one.
        var pixels = photo.Pixels;
        var toPixels = Math.Max(pixels.Width, pixels.Height) / (double)Math.Max(image.Width, image.Height);
        var box = toPixels == 1 ? detection.Box : Scaled(detection.Box, toPixels);
        Span<PointD> points = stackalloc PointD[ShapePredictor.Points];
        models.Landmarks.Predict(pixels, box, points);
        var place = FaceChip.PlaceOf(points);
        FaceChip.Extract(pixels, place, workspace.Chip, workspace.ChipScratch);
        var quality = FaceMeter.Measure(workspace.Chip, pixels, place, points, photo.Scale, detection.Score);
        watch.Aligned();

        FaceOpinions? opinions = null;
        byte[]? patch = null, crop = null;
        double? passive = null;
        if (encode)
        {
            patch = options.Patches ? FaceChip.ToGrey(workspace.Chip) : null;
            crop = options.Crops ? FaceCrop.Cut(pixels, place, workspace.Crop, workspace.ChipScratch) : null;
            opinions = Encode(pixels, points);
            passive = options.Passive ? PassiveScore(pixels, box) : null;
        }

        var inPhoto = toPhoto == 1 ? detection.Box : Scaled(detection.Box, toPhoto);
        var landmarks = new FacePoint[points.Length];
        for (var i = 0; i < points.Length; i++)
        {
            landmarks[i] = new FacePoint(points[i].X * photo.Scale, points[i].Y * photo.Scale);
        }

        return new DetectedFace(
            new FaceBox(inPhoto.Left, inPhoto.Top, inPhoto.Width, inPhoto.Height), detection.Score, landmarks, opinions, quality, patch, crop, passive);
    }

    /// <summary>What each network says of the face that was cut out, of its mirror image too where there is a template to make.</summary>
    private FaceOpinions Encode(PixelView pixels, ReadOnlySpan<PointD> points)
    {
        var dlib = new float[models.Encoder.Length];
        models.Encoder.Run(workspace.Chip, dlib, workspace.Encoder);
        if (models.Feature is not { } feature)
        {
            watch.Encoded();
            return new FaceOpinions(new FaceVector(FaceModels.Dlib, dlib), Second: null, Template: null);
        }

        Pixels.Mirror(new PixelView(workspace.Chip, FaceChip.Side, FaceChip.Side));
        Span<float> mirrored = stackalloc float[FaceModels.DlibLength];
        models.Encoder.Run(workspace.Chip, mirrored, workspace.Encoder);
        watch.Encoded();

        FeatureChip.Extract(pixels, FeatureChip.PlaceOf(points), workspace.Chip, workspace.ChipScratch);
        watch.Aligned();
        var second = new float[feature.Length];
        feature.Run(workspace.Chip, second, workspace.Mobile);
        var template = models.Fusion.Fuse(dlib, mirrored, second);
        watch.Encoded();
        return new FaceOpinions(new FaceVector(FaceModels.Dlib, dlib), new FaceVector(FaceModels.Second, second), template);
    }

    private double? PassiveScore(PixelView pixels, Rectangle box)
    {
        if (models.Liveness is not { } liveness)
        {
            return null;
        }

        LivenessPicture.Extract(pixels, LivenessPicture.PlaceOf(box, pixels.Width, pixels.Height), workspace.Chip);
        watch.Aligned();
        var score = liveness.Score(workspace.Chip, workspace.Mobile);
        watch.Encoded();
        return score;
    }

    private PixelView Reduce(int longSide)
    {
        var image = photo.Pixels;
        var longest = Math.Max(image.Width, image.Height);
        if (longest <= longSide)
        {
            return image;
        }

        var width = Math.Max(1, (int)Math.Round(image.Width * (longSide / (double)longest)));
        var height = Math.Max(1, (int)Math.Round(image.Height * (longSide / (double)longest)));
        return Pixels.Shrink(image, width, height, workspace.Reduced, workspace.RowSums);
    }

    private static Rectangle Scaled(Rectangle box, double by)
    {
        var left = PointD.Round(box.Left * by);
        var top = PointD.Round(box.Top * by);
        return new Rectangle(left, top, left + PointD.Round(box.Width * by) - 1, top + PointD.Round(box.Height * by) - 1);
    }
}
