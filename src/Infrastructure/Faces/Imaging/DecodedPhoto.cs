using FaceId.Infrastructure.Faces.Dlib;

namespace FaceId.Infrastructure.Faces.Imaging;

/// <summary>The pixels of an upright photo, in memory that one worker lends until its next photo.</summary>
/// <param name="Width">Width of the upright photo in pixels, as its file has it.</param>
/// <param name="Height">Height of the same.</param>
/// <param name="Pixels">The decoded pixels, possibly fewer than the file has: see <paramref name="Scale"/>.</param>
/// <param name="Scale">Pixels of the file for each decoded pixel, along one side.</param>
internal readonly record struct DecodedPhoto(int Width, int Height, PixelView Pixels, double Scale);
