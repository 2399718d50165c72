using FaceId.Application.Faces;
using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Faces.Dlib;
using FaceId.Infrastructure.Faces.Quality;
using FaceId.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SkiaSharp;

namespace FaceId.UnitTests.Faces;

/// <summary>Measurements on portraits and on spoilt copies of them.</summary>
internal sealed class FaceQualityTests
{
    // Where the eyes of tests/photos/female_0.jpg are.
    private const double EyeDistance = 81.9;
    private static readonly SKPoint Eyes = new(300, 241);
    private static readonly byte[] Portrait = Photo("female_0.jpg");

    private FaceEngine _engine = null!;

    [OneTimeSetUp]
    public void Start()
    {
        var options = Options.Create(new FaceEngineOptions { ModelsFolder = Testbed.ModelsFolder });
        _engine = new FaceEngine(options, TimeProvider.System, NullLogger<FaceEngine>.Instance);
    }

    [OneTimeTearDown]
    public void Stop() => _engine.Dispose();

    [TestCase("female_0.jpg")]
    [TestCase("male_0.jpg")]
    public async Task An_ordinary_portrait_crosses_no_limit(string name)
    {
        var face = await MeasureAsync(Photo(name));

        Assert.That(QualityLimits.ForEnrolment.CrossedBy(face!), Is.Empty);
        Assert.That(face!.Score, Is.GreaterThan(0.8));
    }

    [Test]
    public async Task Sizes_and_angles_are_those_of_the_photo()
    {
        var face = (await MeasureAsync(Portrait))!;

        Assert.Multiple(() =>
        {
            Assert.That(face.EyeDistancePixels, Is.EqualTo(EyeDistance).Within(0.05 * EyeDistance));
            Assert.That(face.YawDegrees, Is.Zero.Within(10));
            Assert.That(face.PitchDegrees, Is.Zero.Within(15));
            Assert.That(face.RollDegrees, Is.Zero.Within(5));
            Assert.That(face.OutsideShare, Is.Zero);
        });
    }

    private static IEnumerable<TestCaseData> Spoilt()
    {
        yield return Case("blurred", FaceErrors.Blurred, face => -face.Sharpness, SpoiltPhoto.Blurred, 2, 4, 8, 11);
        yield return Case("shaken", FaceErrors.Blurred, face => -face.Sharpness, SpoiltPhoto.Shaken, 4, 8, 16);
        yield return Case("made smaller and large again", FaceErrors.Blurred, face => -face.Sharpness, SpoiltPhoto.Inflated, 0.5f, 0.2f, 0.1f);
        yield return Case("darkened", FaceErrors.TooDark, face => -face.Brightness, Gain, 0.7f, 0.4f, 0.2f);
        yield return Case("brightened", FaceErrors.TooBright, face => face.OverexposedShare, Gain, 1.6f, 2.4f, 5);
        yield return Case("faded", FaceErrors.LowContrast, face => -face.Contrast, (photo, by) => SpoiltPhoto.Faded(photo, by), 0.7f, 0.4f, 0.15f);
        yield return Case("shrunk", FaceErrors.FaceTooSmall, face => -face.EyeDistancePixels, SpoiltPhoto.Shrunk, 0.7f, 0.4f, 0.24f);
        yield return Case("cropped on the left", FaceErrors.PartlyOutside, face => face.OutsideShare, CropLeft, 0.05f, 0.12f, 0.18f);
        yield return Case("cropped below", FaceErrors.PartlyOutside, face => face.OutsideShare, CropBottom, 0.05f, 0.12f, 0.2f);
        yield return Case("turned to the right", FaceErrors.ExtremePose, face => face.YawDegrees, Turn, 15, 30, 55);
        yield return Case("turned to the left", FaceErrors.ExtremePose, face => -face.YawDegrees, Turn, -15, -30, -55);
        yield return Case("leaning", FaceErrors.ExtremePose, face => face.RollDegrees, SpoiltPhoto.Leaning, 15, 35, 54);
    }

    /// <summary>Each degradation is named for the least limit that it must cross when it is at its worst.</summary>
    [TestCaseSource(nameof(Spoilt))]
    public async Task A_photo_is_measured_the_worse_the_worse_it_is_and_refused_in_the_end(
        string code, Func<FaceQuality, double> badness, Func<byte[], float, byte[]> spoil, float[] strengths)
    {
        var face = (await MeasureAsync(Portrait))!;
        var seen = new List<double> { badness(face) };
        foreach (var strength in strengths)
        {
            face = await MeasureAsync(spoil(Portrait, strength));
            Assert.That(face, Is.Not.Null, $"{strength}: no face");
            seen.Add(badness(face!));
        }

        Assert.That(seen, Is.Ordered.Ascending, string.Join(' ', seen));
        Assert.That(QualityLimits.ForEnrolment.CrossedBy(face!).Select(limit => limit.Code), Does.Contain(code), face!.ToString());
    }

    [Test]
    public async Task A_raised_chin_is_seen()
    {
        var face = await MeasureAsync(SpoiltPhoto.Turned(Portrait, Eyes, EyeDistance, yaw: 0, pitch: 35));

        Assert.That(face!.PitchDegrees, Is.GreaterThan(20));
    }

    [Test]
    public async Task An_enlarged_photo_is_as_sharp_as_it_was()
    {
        var small = (await MeasureAsync(SpoiltPhoto.Shrunk(Portrait, 0.5f)))!;
        var large = (await MeasureAsync(SpoiltPhoto.Shrunk(SpoiltPhoto.Shrunk(Portrait, 0.5f), 3)))!;

        Assert.That(large.Sharpness, Is.EqualTo(small.Sharpness).Within(0.06));
        Assert.That(large.EyeDistancePixels, Is.EqualTo(3 * small.EyeDistancePixels).Within(8));
    }

    [Test]
    public async Task Every_limit_that_is_crossed_is_told_with_the_one_to_mend_first_at_the_front()
    {
        var face = (await MeasureAsync(SpoiltPhoto.Exposed(SpoiltPhoto.Blurred(Portrait, 8), 0.2)))!;

        var crossed = QualityLimits.ForEnrolment.CrossedBy(face);

        Assert.That(crossed.Select(limit => limit.Code), Is.EqualTo(new[] { FaceErrors.TooDark, FaceErrors.LowContrast, FaceErrors.Blurred }).Or.EqualTo(new[] { FaceErrors.TooDark, FaceErrors.Blurred }));
        Assert.That(crossed[0], Is.EqualTo(new CrossedLimit("too_dark", "brightness", face.Brightness, 0.1)));
    }

    [Test]
    public unsafe void What_lies_outside_the_photo_counts_as_neither_dark_nor_sharp()
    {
        // A grey photo whose left half is missing: the chip is black there.
        var chip = stackalloc byte[FaceChip.Bytes];
        for (var i = 0; i < FaceChip.Side * FaceChip.Side; i++)
        {
            new Span<byte>(chip + 4 * i, 3).Fill((byte)(i % FaceChip.Side < 75 ? 0 : 120));
        }

        var place = new FaceChip.Place(new RectangleD(-74.5, 0, 74.5, 149), Angle: 0);
        PointD[] points = [new(11, 46), new(-10, 48), new(-63, 46), new(-41, 48), new(-26, 88)];
        var face = FaceMeter.Measure(chip, new PixelView(chip, 300, 300), place, points, scale: 1, detectorScore: 1);

        Assert.Multiple(() =>
        {
            Assert.That(face.Brightness, Is.EqualTo(120 / 255.0).Within(0.001));
            Assert.That(face.Contrast, Is.Zero);
            Assert.That(face.UnderexposedShare, Is.Zero);
            Assert.That(face.OutsideShare, Is.EqualTo(0.5).Within(0.01));
            Assert.That(face.Sharpness, Is.Zero, "A plain area shows no detail.");
        });
    }

    [Test]
    public unsafe void A_chip_wholly_outside_or_with_points_in_one_place_gives_numbers_all_the_same()
    {
        var chip = stackalloc byte[FaceChip.Bytes];
        new Span<byte>(chip, FaceChip.Bytes).Clear();
        var place = new FaceChip.Place(new RectangleD(-500, -500, -300, -300), Angle: 0.3);

        var face = FaceMeter.Measure(chip, new PixelView(chip, 10, 10), place, new PointD[5], scale: 1, detectorScore: 0);

        Assert.That(face.OutsideShare, Is.EqualTo(1));
        Assert.That(face.Score, Is.InRange(0, 1));
    }

    [Test]
    public unsafe void Vectors_add_up_what_plain_loops_do()
    {
        var random = new Random(5);
        var chip = new byte[FaceChip.Bytes];
        var light = new ushort[FaceChip.Side * FaceChip.Side];
        var scratch = new ushort[ChipBands.Scratch];
        for (var round = 0; round < 20; round++)
        {
            random.NextBytes(chip);
            if (round % 2 == 0)
            {
                // Extremes, which would overflow first.
                for (var i = 0; i < chip.Length; i++)
                {
                    chip[i] = chip[i] < 128 ? byte.MinValue : byte.MaxValue;
                }
            }

            fixed (byte* pixels = chip)
            fixed (ushort* to = light, memory = scratch)
            {
                ChipBands.ToLight(pixels, to);
                Assert.That(light, Is.EqualTo(PlainBands.ToLight(chip)));
                Assert.That(ChipBands.Measure(to, memory), Is.EqualTo(PlainBands.Measure(light)));
            }
        }
    }

    [Test]
    public unsafe void Measuring_a_face_takes_less_than_half_a_millisecond()
    {
        var chip = stackalloc byte[FaceChip.Bytes];
        new Random(1).NextBytes(new Span<byte>(chip, FaceChip.Bytes));
        var place = new FaceChip.Place(new RectangleD(0, 0, 149, 149), Angle: 0.1);
        PointD[] points = [new(111, 46), new(90, 48), new(37, 46), new(59, 48), new(74, 88)];
        var least = TimeSpan.MaxValue;
        for (var i = 0; i < 200; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            FaceMeter.Measure(chip, new PixelView(chip, 150, 150), place, points, scale: 1, detectorScore: 1);
            var taken = TimeProvider.System.GetElapsedTime(started);
            least = taken < least ? taken : least;
        }

        Assert.That(least, Is.LessThan(TimeSpan.FromMilliseconds(0.5)));
    }

    private static TestCaseData Case(
        string name, string code, Func<FaceQuality, double> badness, Func<byte[], float, byte[]> spoil, params float[] strengths) =>
        new TestCaseData(code, badness, spoil, strengths).SetArgDisplayNames(name);

    private static byte[] Gain(byte[] photo, float by) => SpoiltPhoto.Exposed(photo, by);

    private static byte[] Turn(byte[] photo, float degrees) => SpoiltPhoto.Turned(photo, Eyes, EyeDistance, degrees);

    // The square around the face is some 156 pixels wide.
    private static byte[] CropLeft(byte[] photo, float share) => SpoiltPhoto.Cropped(photo, (int)(222 + 156 * share), 0, 640, 640);

    private static byte[] CropBottom(byte[] photo, float share) => SpoiltPhoto.Cropped(photo, 0, 0, 640, (int)(363 - 156 * share));

    private async Task<FaceQuality?> MeasureAsync(byte[] photo)
    {
        var analysed = await _engine.AnalyseAsync(photo, new AnalysisOptions(Encode: EncodeFaces.WhenSingle), CancellationToken.None);
        Assert.That(analysed.IsError, Is.False);
        return analysed.Value.Faces.SingleOrDefault()?.Quality;
    }

    private static byte[] Photo(string name) => File.ReadAllBytes(Path.Combine(Testbed.Repository, "tests", "photos", name));

    /// <summary>The same sums, pixel by pixel.</summary>
    private static class PlainBands
    {
        private const int Side = FaceChip.Side;

        public static ushort[] ToLight(byte[] chip) =>
            [.. Enumerable.Range(0, Side * Side).Select(i => (ushort)((77 * chip[4 * i] + 150 * chip[4 * i + 1] + 29 * chip[4 * i + 2] + 128) >> 8))];

        public static ChipBands.Sums Measure(ushort[] light)
        {
            var face = Face().ToArray();
            var bytes = Array.ConvertAll(light, value => (int)value);
            var first = Smooth(bytes, 1, 0);
            var third = Smooth(Smooth(first, 2, 4), 4, 4);
            long Squares(Func<int, int> of) => face.Sum(i => (long)of(i) * of(i));
            double Ratio(int step)
            {
                var wide = Squares(i => first[i + 6 * step] - first[i - 6 * step]);
                return wide <= face.Length * 256 / 6.0 ? 0 : Squares(i => first[i + 2 * step] - first[i - 2 * step]) / (double)wide;
            }

            long difference = 0, sum = 0, squares = 0;
            for (var y = ChipBands.Top; y < ChipBands.Top + ChipBands.Height; y++)
            {
                for (var x = 1; x <= 31; x++)
                {
                    long left = third[y * Side + ChipBands.Axis - x], right = third[y * Side + ChipBands.Axis + x];
                    difference += (left - right) * (left - right);
                    sum += left + right;
                    squares += left * left + right * right;
                }
            }

            return new ChipBands.Sums(
                face.Sum(i => (long)light[i]),
                Squares(i => light[i]),
                face.Count(i => light[i] <= ChipBands.Black),
                face.Count(i => light[i] >= ChipBands.White),
                Squares(i => 16 * light[i] - first[i]),
                new[] { 1, Side, Side + 1, Side - 1 }.Min(Ratio),
                difference,
                squares - (double)sum * sum / (62 * ChipBands.Height));
        }

        private static IEnumerable<int> Face() =>
            from y in Enumerable.Range(ChipBands.Top, ChipBands.Height)
            from x in Enumerable.Range(ChipBands.Left, ChipBands.Width)
            select y * Side + x;

        private static int[] Smooth(int[] from, int distance, int shift)
        {
            var to = new int[from.Length];
            for (var y = distance; y < Side - distance; y++)
            {
                for (var x = distance; x < Side - distance; x++)
                {
                    int Row(int at) => from[at - distance] + 2 * from[at] + from[at + distance];
                    var at = y * Side + x;
                    to[at] = (Row(at - distance * Side) + 2 * Row(at) + Row(at + distance * Side) + (shift == 0 ? 0 : 1 << (shift - 1))) >> shift;
                }
            }

            return to;
        }
    }
}
