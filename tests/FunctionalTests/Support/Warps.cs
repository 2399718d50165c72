using SkiaSharp;

namespace FaceId.FunctionalTests.Support;

/// <summary>What the camera would see of a photo that is held before it, and of a head that turns: made from one photo.</summary>
internal static class Warps
{
    /// <summary>A flat photo before a camera.</summary>
    /// <param name="Axis">The direction in the photo's plane about which it is tilted, in degrees from horizontal.</param>
    /// <param name="Tilt">How far, in degrees.</param>
    /// <param name="Distance">From the camera, in widths between the outer corners of the eyes, about 9 cm each.</param>
    /// <param name="Roll">In degrees, in the photo's plane.</param>
    public readonly record struct Held(double Axis = 0, double Tilt = 0, double Distance = 5, double Roll = 0, double Scale = 1, double Right = 0, double Down = 0);

    /// <summary>Where the face is in a photo: dlib's five points.</summary>
    public sealed record Place(SKPoint Eyes, float Width, SKPoint Nose)
    {
        public static Place Of(IReadOnlyList<(double X, double Y)> points) => new(
            new SKPoint((float)points.Take(4).Average(p => p.X), (float)points.Take(4).Average(p => p.Y)),
            (float)Math.Sqrt(Math.Pow(points[0].X - points[2].X, 2) + Math.Pow(points[0].Y - points[2].Y, 2)),
            new SKPoint((float)points[4].X, (float)points[4].Y));
    }

    public static byte[] Flat(byte[] photo, Place face, Held held)
    {
        using var bitmap = SKBitmap.Decode(photo);
        var (a, t, r) = (held.Axis * Math.PI / 180, held.Tilt * Math.PI / 180, held.Roll * Math.PI / 180);
        var (ca, sa, c, s, cr, sr) = (Math.Cos(a), Math.Sin(a), Math.Cos(t), Math.Sin(t), Math.Cos(r), Math.Sin(r));

        // About an axis (ca, sa) in the plane; z towards the camera.
        double[,] tilt = { { c + ca * ca * (1 - c), ca * sa * (1 - c) }, { ca * sa * (1 - c), c + sa * sa * (1 - c) }, { -sa * s, ca * s } };
        var m = new double[3, 2];
        for (var i = 0; i < 3; i++)
        {
            m[i, 0] = tilt[i, 0] * cr + tilt[i, 1] * sr;
            m[i, 1] = -tilt[i, 0] * sr + tilt[i, 1] * cr;
        }

        var d = held.Distance * face.Width;
        var view = new SKMatrix(
            (float)(m[0, 0] * held.Scale), (float)(m[0, 1] * held.Scale), 0,
            (float)(m[1, 0] * held.Scale), (float)(m[1, 1] * held.Scale), 0,
            (float)(-m[2, 0] / d), (float)(-m[2, 1] / d), 1);
        var centre = new SKPoint(face.Eyes.X, face.Eyes.Y + face.Width * 0.3f);
        var whole = SKMatrix.CreateTranslation(-centre.X, -centre.Y)
            .PostConcat(view)
            .PostConcat(SKMatrix.CreateTranslation(centre.X + (float)held.Right * face.Width, centre.Y + (float)held.Down * face.Width));
        return Draw(bitmap, canvas =>
        {
            canvas.SetMatrix(in whole);
            using var image = SKImage.FromBitmap(bitmap);
            canvas.DrawImage(image, 0, 0, new SKSamplingOptions(SKCubicResampler.Mitchell));
        });
    }

    /// <summary>
    /// The head in the photo turned, as far as one photo tells: its pixels on an ellipsoid with a nose, in perspective, before the
    /// background that stays. A stand-in for a head that turns: right in the geometry that is measured, and no more than that.
    /// </summary>
    /// <param name="yaw">In degrees, to the person's left; their left is the image's right.</param>
    /// <param name="pitch">In degrees, upwards.</param>
    public static byte[] Turned(byte[] photo, Place face, double yaw, double pitch, double roll = 0, double distance = 5.5, double depth = 1)
    {
        const int Columns = 110, Rows = 130;
        using var bitmap = SKBitmap.Decode(photo);
        var e = face.Width;
        var (y, p, r) = (yaw * Math.PI / 180, pitch * Math.PI / 180, roll * Math.PI / 180);
        var nose = (face.Nose.Y - face.Eyes.Y) / e;
        var vertices = new (SKPoint At, SKPoint From, double Z)[(Columns + 1) * (Rows + 1)];
        for (var i = 0; i <= Rows; i++)
        {
            for (var j = 0; j <= Columns; j++)
            {
                var (x, v) = (-1.1 + 2.2 * j / Columns, -1.3 + 3.0 * i / Rows);
                var (z, inside) = Surface(x, v, nose, depth);
                var (ty, tp, tr) = (y * inside, p * inside, r * inside);

                // About a point inside the head.
                var (px, pv, pz) = (x, v - 0.35, z);
                (px, pz) = (px * Math.Cos(ty) + pz * Math.Sin(ty), pz * Math.Cos(ty) - px * Math.Sin(ty));
                (pv, pz) = (pv * Math.Cos(tp) - pz * Math.Sin(tp), pz * Math.Cos(tp) + pv * Math.Sin(tp));
                (px, pv) = (px * Math.Cos(tr) - pv * Math.Sin(tr), px * Math.Sin(tr) + pv * Math.Cos(tr));

                // The photo itself was taken from this distance.
                var near = distance - (z - 0.9);
                var scale = near / (distance - (pz - 0.9));
                vertices[i * (Columns + 1) + j] = (
                    new SKPoint((float)(face.Eyes.X + px * scale * e), (float)(face.Eyes.Y + (pv * scale + 0.35) * e)),
                    new SKPoint((float)(face.Eyes.X + x * e), (float)(face.Eyes.Y + v * e)), pz);
            }
        }

        var cells = Enumerable.Range(0, Rows * Columns).Select(k => (Row: k / Columns, Column: k % Columns))
            .Select(k => (A: k.Row * (Columns + 1) + k.Column, B: (k.Row + 1) * (Columns + 1) + k.Column))
            .OrderBy(k => vertices[k.A].Z + vertices[k.A + 1].Z + vertices[k.B].Z + vertices[k.B + 1].Z).ToList();
        int[] order = [.. cells.SelectMany(k => new[] { k.A, k.A + 1, k.B, k.B, k.A + 1, k.B + 1 })];
        SKPoint[] at = [.. order.Select(k => vertices[k].At)];
        SKPoint[] from = [.. order.Select(k => vertices[k].From)];
        return Draw(bitmap, canvas =>
        {
            canvas.DrawBitmap(bitmap, 0, 0);
            using var shader = bitmap.ToShader(SKShaderTileMode.Clamp, SKShaderTileMode.Clamp, new SKSamplingOptions(SKFilterMode.Linear));
            using var paint = new SKPaint { Shader = shader };
            using var mesh = SKVertices.CreateCopy(SKVertexMode.Triangles, at, from, null);
            canvas.DrawVertices(mesh, SKBlendMode.Modulate, paint);
        });
    }

    /// <summary>How far before the middle of the head a point of the photo lies, and how much it belongs to the head.</summary>
    private static (double Z, double Inside) Surface(double x, double y, double nose, double depth)
    {
        var (dx, dy) = (x / 0.87, (y - 0.3) / 1.3);
        var r2 = dx * dx + dy * dy;
        var z = r2 < 1 ? 1.08 * Math.Sqrt(1 - r2) : 0;
        var tip = nose * 0.82;
        var along = y < 0 ? 0 : y < tip ? y / tip : y < nose ? 1 - 0.45 * (y - tip) / (nose - tip) : y < nose + 0.12 ? 0.55 * (1 - (y - nose) / 0.12) : 0;
        z += 0.33 * along * Math.Exp(-(x / 0.14) * (x / 0.14));
        var inside = Math.Clamp((1.05 - Math.Sqrt(r2)) / 0.15, 0, 1);
        return (z * depth, inside * inside * (3 - 2 * inside));
    }

    public static byte[] Draw(SKBitmap like, Action<SKCanvas> draw, int quality = 92)
    {
        using var surface = SKSurface.Create(new SKImageInfo(like.Width, like.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        surface.Canvas.Clear(new SKColor(96, 100, 104));
        draw(surface.Canvas);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Jpeg, quality);
        return data.ToArray();
    }
}
