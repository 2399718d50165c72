namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>An image of four bytes a pixel (red, green, blue, unused), rows without gaps; the memory belongs to somebody else.</summary>
internal readonly unsafe struct PixelView(byte* pixels, int width, int height)
{
    public const int BytesPerPixel = 4;

    public byte* Pixels { get; } = pixels;

    public int Width { get; } = width;

    public int Height { get; } = height;

    public byte* Row(int y) => Pixels + (long)y * Width * BytesPerPixel;
}
