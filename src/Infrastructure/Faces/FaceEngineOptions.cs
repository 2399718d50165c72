using System.ComponentModel.DataAnnotations;

namespace FaceId.Infrastructure.Faces;

/// <summary>How the face engine is set up. The defaults suit a machine of any size.</summary>
public sealed class FaceEngineOptions
{
    private const int Mebibyte = 1024 * 1024;

    /// <summary>Folder of the model files.</summary>
    /// <value>The default is "models".</value>
    [Required]
    public string ModelsFolder { get; set; } = "models";

    /// <summary>Whether faces get the vector of <see cref="Domain.Faces.FaceModels.Second"/> beside dlib's.</summary>
    /// <value>The default is on.</value>
    [EnumDataType(typeof(SecondModel))]
    public SecondModel SecondModel { get; set; }

    /// <summary>Whether liveness sessions get the score of the passive liveness network.</summary>
    /// <value>The default is advice.</value>
    [EnumDataType(typeof(PassiveLiveness))]
    public PassiveLiveness PassiveLiveness { get; set; }

    /// <summary>How many photos are worked on at the same time, each on one thread.</summary>
    /// <value>The default is the number of processors.</value>
    [Range(1, 1024)]
    public int Workers { get; set; } = Environment.ProcessorCount;

    /// <summary>How many photos may wait for a free worker before further ones are refused.</summary>
    /// <value>The default is 16 for each worker, a wait of less than a second for ordinary photos.</value>
    [Range(0, 100_000)]
    public int QueueLength { get; set; } = 16 * Environment.ProcessorCount;

    /// <summary>The largest file in bytes that is decoded.</summary>
    /// <value>The default is 15 MiB, more than a phone's 12-megapixel JPEG needs.</value>
    [Range(1024, int.MaxValue)]
    public int MaxImageBytes { get; set; } = 15 * Mebibyte;

    /// <summary>The largest photo in pixels, width times height, that is decoded.</summary>
    /// <value>The default is 50 million.</value>
    [Range(10_000, 200_000_000)]
    public int MaxPixels { get; set; } = 50_000_000;

    /// <summary>Longer side in pixels to which larger photos are reduced before the first, coarse to fine scan goes to its end.</summary>
    /// <value>The default is 1280.</value>
    [Range(160, 4096)]
    public int CoarseLongSide { get; set; } = 1280;

    /// <summary>Longer side in pixels to which larger photos are reduced before a thorough scan.</summary>
    /// <value>The default is 1920: a scan of that size takes less than a second on one core.</value>
    [Range(160, 8192)]
    public int ThoroughLongSide { get; set; } = 1920;
}
